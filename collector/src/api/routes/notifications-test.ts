/** POST /api/v1/notifications/test */
import { NotificationTestRequest, NotificationTestResult } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** Sends a word of no meaning. */
export const notificationsTest: Route = defineRoute({
  name: "notifications-test",
  method: "POST",
  path: "/api/v1/notifications/test",
  access: "admin",
  tag: "collector",
  summary: "Send a test by one channel, or by all",
  description: "Once, and at once. It is answered when each was delivered, or failed: 200 says nothing of that, `tests` does.",
  body: NotificationTestRequest,
  audit: {
    action: "notifications.test",
    target: (_path, { channel }) => (channel === undefined ? { kind: "", name: "" } : { kind: "channel", name: channel }),
  },
  success: { status: 200, description: "What became of them", contentType: "application/json", schema: NotificationTestResult },
  refusals: { 404: "There is no such channel" },
  async handle({ notifications }, { body: { channel }, caller }) {
    const tests = await notifications.test(channel, caller.name);
    const noted = tests.map((test) => `${test.channel}: ${test.outcome}`).join(", ");
    return { kind: "body", body: { tests: [...tests] }, noted: noted === "" ? "there is no channel" : noted };
  },
});
