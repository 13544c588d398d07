/** GET /api/v1/gpus/usage */
import { GpuUsage, GpuUsageQuery } from "@nodekeeper/shared/api";
import type { SeenUsage } from "../../gpu-usage/gpu-usage.ts";
import { gpuUsageBody } from "../present/gpu-usage-body.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route, type RouteContext } from "../route.ts";

/** Who held memory of GPUs, and how long models were loaded. */
export const gpuUsageRoute: Route = defineRoute({
  name: "gpu-usage",
  method: "GET",
  path: "/api/v1/gpus/usage",
  access: "gpu:read",
  tag: "gpus",
  summary: "Who held the memory of GPUs, and how long models were loaded",
  description:
    "Memory of each GPU by owner in steps of five minutes, over a day at most; and of each model on each Ollama server how long it was in memory, and how " +
    "often it was loaded, loaded anew for another context, and evicted, over a day or over days of UTC. It is read from what agents and Ollama say, " +
    "without seeing a request: counts are lower bounds, and what nobody told is null and is not counted.",
  queryParameters: GpuUsageQuery,
  success: { status: 200, description: "How they were used", contentType: "application/json", schema: GpuUsage },
  refusals: { 404: "No node and no server has this name; the nearest name is suggested" },
  handle(context, { query }) {
    const { hours = 24, days, node } = query;
    const usages = node === undefined ? context.gpuUsage.all() : usageOf(node, context);
    return { kind: "body", body: gpuUsageBody(usages, { hours, days, nowMs: context.clock.wallMs() }) };
  },
});

/** Empty where nothing was told yet. */
function usageOf(node: string, { gpuUsage, routing, state }: RouteContext): readonly SeenUsage[] {
  const usage = gpuUsage.of(node);
  if (usage !== undefined) return [usage];
  if (!routing.backends().some(({ name }) => name === node)) requireNode(state, node);
  return [];
}
