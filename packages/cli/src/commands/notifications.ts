/** `nodekeeper notifications`: by which ways people are told, and how these are doing. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderNotifications } from "../render/notifications.ts";

/** The command. */
export const notifications: Command = defineCommand({
  name: "notifications",
  operands: [],
  summary: "by which ways people are told of findings, how these are doing, and what waits",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const overview = await api.notifications(signal);
    const { channels, heartbeat } = overview;
    const isFailing = channels.some(({ state }) => state === "failing") || heartbeat?.problem !== undefined;
    return {
      json: overview,
      text: renderNotifications(terminal, overview, nowMs),
      exitCode: isFailing ? exitCodes.attention : exitCodes.ok,
    };
  },
});
