/** GET /readyz */
import { AppError } from "@nodekeeper/shared";
import { defineRoute, type Route } from "../route.ts";

/** Whether the collector can do its work. */
export const readyz: Route = defineRoute({
  name: "readyz",
  path: "/readyz",
  tag: "collector",
  summary: "Whether the collector can do its work",
  description: "200 when it can; else 503 with every reason in `detail`.",
  success: { status: 200, description: "It can", contentType: "text/plain" },
  refusals: { 503: "It cannot; `detail` names the reasons" },
  async handle({ readiness }) {
    const reasons = await readiness();
    if (reasons.length > 0) throw new AppError("NOT_READY", reasons.join("; "));
    return { kind: "text", contentType: "text/plain; charset=utf-8", text: "ok\n" };
  },
});
