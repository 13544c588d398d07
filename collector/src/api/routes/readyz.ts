/** GET /readyz */
import { AppError } from "@nodekeeper/shared";
import { defineRoute, type Route } from "../route.ts";

/** Whether the collector can do its work. */
export const readyz: Route = defineRoute({
  name: "readyz",
  method: "GET",
  path: "/readyz",
  access: "anyone",
  tag: "collector",
  summary: "Whether the collector can do its work",
  description:
    "200 when it can, with what is wrong all the same and does not keep it from serving, a line each; else 503 with every reason in `detail`. " +
    "The reasons are for this machine: elsewhere the answer is yes or no.",
  success: { status: 200, description: "It can", contentType: "text/plain" },
  refusals: { 503: "It cannot; on this machine `detail` names the reasons" },
  async handle({ readiness }, { door }) {
    const { obstacles, troubles } = await readiness();
    const isTold = door === "local" || door === "admin"; // others need no name to ask, and learn nothing of the inside
    if (obstacles.length > 0) {
      const reasons = isTold ? [...obstacles, ...troubles] : ["it is not ready; /readyz on its own machine says why"];
      throw new AppError("NOT_READY", reasons.join("; "));
    }
    const text = !isTold || troubles.length === 0 ? "ok\n" : `ok, but\n${troubles.map((trouble) => `- ${trouble}\n`).join("")}`;
    return { kind: "text", contentType: "text/plain; charset=utf-8", text };
  },
});
