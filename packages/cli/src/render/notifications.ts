/** By which ways people are told. */
import type { NotificationOverview, NotificationTestResult } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** What is said where nothing is configured. */
export const noChannelText =
  "nobody is told anything: the collector was started without --notifications FILE, or the file has no channel";

const tones = { ok: "good", idle: "quiet", failing: "bad" } as const;

/** A line for each channel, and one for the heartbeat. */
export function renderNotifications(terminal: Terminal, overview: NotificationOverview, nowMs: number): string {
  const { channels, heartbeat } = overview;
  const columns = [
    { title: "CHANNEL" },
    { title: "TYPE" },
    { title: "STATE" },
    { title: "WAITING", align: "right" as const },
    { title: "LAST", isOptional: true },
    { title: "TO", minimumWidth: 16, isOptional: true },
    { title: "PROBLEM", isWrapped: true },
  ];
  const rows = channels.map((channel): readonly Cell[] => [
    { text: channel.name, tone: "strong" },
    channel.type,
    { text: channel.state, tone: tones[channel.state] },
    channel.waiting === 0 ? "" : String(channel.waiting),
    channel.lastDeliveredAt === undefined ? "" : formatAgo(channel.lastDeliveredAt, nowMs),
    channel.target,
    channel.problem ?? "",
  ]);
  const table = channels.length === 0 ? noChannelText : renderTable(terminal, columns, rows);
  return heartbeat === undefined ? table : `${table}\n\n${heartbeatLine(heartbeat, nowMs)}`;
}

/** A line for each test. */
export function renderNotificationTests(terminal: Terminal, { tests }: NotificationTestResult): string {
  const columns = [
    { title: "CHANNEL" },
    { title: "OUTCOME" },
    { title: "TOOK", align: "right" as const },
    { title: "PROBLEM", isWrapped: true },
  ];
  const rows = tests.map((test): readonly Cell[] => [
    { text: test.channel, tone: "strong" },
    { text: test.outcome, tone: test.outcome === "delivered" ? "good" : "bad" },
    `${Math.round(test.durationMs)} ms`,
    test.problem ?? "",
  ]);
  return renderTable(terminal, columns, rows);
}

function heartbeatLine({ target, lastSentAt, problem }: NonNullable<NotificationOverview["heartbeat"]>, nowMs: number): string {
  const last = lastSentAt === undefined ? "none was sent yet" : `sent ${formatAgo(lastSentAt, nowMs)}`;
  return `heartbeat to ${target}: ${last}${problem === undefined ? "" : `; ${problem}`}`;
}
