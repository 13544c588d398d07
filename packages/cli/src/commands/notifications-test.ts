/** `nodekeeper notifications test [channel]`: whether a word arrives. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { noChannelText, renderNotificationTests } from "../render/notifications.ts";

/** The command. */
export const notificationsTest: Command = defineCommand({
  name: "notifications test",
  operands: ["[channel]"],
  summary: "send a test by one channel, or by all, and say what became of it",
  options: {},
  async run({ api, operands: [channel], terminal, signal }) {
    const result = await api.testNotifications(channel === undefined ? {} : { channel }, signal);
    const hasFailed = result.tests.length === 0 || result.tests.some(({ outcome }) => outcome === "failed");
    return {
      json: result,
      text: result.tests.length === 0 ? noChannelText : renderNotificationTests(terminal, result),
      exitCode: hasFailed ? exitCodes.attention : exitCodes.ok,
    };
  },
});
