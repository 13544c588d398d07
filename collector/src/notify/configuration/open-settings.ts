/** The settings in force: nobody is told anything, or a file that is followed. */
import type { Clock, Logger } from "@nodekeeper/shared";
import { followFile } from "../../policy/follow-file.ts";
import { readSettings } from "./read-settings.ts";
import type { SettingsSource } from "./settings.ts";

/** What it needs. */
export interface OpenSettingsOptions {
  /** Undefined: nobody is told anything. */
  readonly file: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Opens it; throws CONFIG_INVALID with every problem. Disposing ends the following. */
export async function openSettings({ file, clock, random, logger }: OpenSettingsOptions): Promise<SettingsSource> {
  if (file === undefined) return nobody;
  const what = "the file of notifications";
  return followFile({ ...{ file, what, clock, random, logger }, understand: (text) => readSettings(text, file) });
}

const nobody: SettingsSource = {
  current: { externalUrl: undefined, heartbeat: undefined, channels: [] },
  problems: () => [],
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
