/** Makes a channel of its configuration. */
import { assertNever } from "@nodekeeper/shared";
import { type AlertmanagerConfig, createAlertmanager } from "./alertmanager.ts";
import type { Channel } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { createDiscord, type DiscordConfig } from "./discord.ts";
import { targetOf } from "./endpoint.ts";
import { createNtfy, type NtfyConfig } from "./ntfy.ts";
import { createSlack, type SlackConfig } from "./slack.ts";
import { createSmtp, type SmtpConfig } from "./smtp.ts";
import { createWebhook, type WebhookConfig } from "./webhook.ts";

/** Of one of the types. */
export type TransportConfig = WebhookConfig | NtfyConfig | DiscordConfig | SlackConfig | SmtpConfig | AlertmanagerConfig;

/** Makes it. Nothing is read or sent yet. */
export function createChannel(config: TransportConfig, needs: ChannelNeeds): Channel {
  switch (config.type) {
    case "webhook":
      return createWebhook(config, needs);
    case "ntfy":
      return createNtfy(config, needs);
    case "discord":
      return createDiscord(config, needs);
    case "slack":
      return createSlack(config, needs);
    case "smtp":
      return createSmtp(config, needs);
    case "alertmanager":
      return createAlertmanager(config, needs);
    default:
      return assertNever(config, "channel");
  }
}

/** Where it goes, without any secret. */
export function targetOfTransport(config: TransportConfig): string {
  switch (config.type) {
    case "webhook":
      return targetOf(config.endpoint);
    case "ntfy":
      return `${targetOf(config)}, topic ${"name" in config.topic ? config.topic.name : `in ${config.topic.file}`}`;
    case "discord":
    case "slack":
      return targetOf(config);
    case "smtp":
      return `${config.to.join(", ")} by ${config.host}:${config.port}`;
    case "alertmanager":
      return targetOf(config);
    default:
      return assertNever(config, "channel");
  }
}
