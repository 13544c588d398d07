/** What somebody wants to be told, and how, as it was read from the file. */
import type { Severity } from "@nodekeeper/shared/api";
import type { TransportConfig } from "../channels/create-channel.ts";
import type { Endpoint } from "../channels/endpoint.ts";

/** A channel. */
export interface ChannelSettings {
  readonly name: string;
  readonly transport: TransportConfig;
  /** Told when they fire, when they get worse, and when they are over. */
  readonly severities: readonly Severity[];
  /** Whether findings of low severity are told once, gathered. */
  readonly advice: boolean;
  /** What comes within this time is one notice. */
  readonly gatherMs: number;
  /** The same of advice, which does not hurry. */
  readonly gatherAdviceMs: number;
  readonly mostPerHour: number;
}

/** A dead man's switch elsewhere, which speaks up when it hears nothing. */
export interface HeartbeatSettings {
  readonly endpoint: Endpoint;
  readonly method: "GET" | "POST";
  readonly everyMs: number;
}

/** All of it. */
export interface NotificationSettings {
  /** Of the dashboard, for links; without a slash at its end. */
  readonly externalUrl: string | undefined;
  readonly heartbeat: HeartbeatSettings | undefined;
  readonly channels: readonly ChannelSettings[];
}

/** The settings in force. */
export interface SettingsSource extends AsyncDisposable {
  readonly current: NotificationSettings;
  /** Why the file as it is now is not in force, all of it at once; empty while it is. */
  problems(): readonly string[];
  onChanged(listener: () => void): Disposable;
}
