/** node_health: how a machine is, or all of them. */
import { AppError } from "@nodekeeper/shared";
import type { HealthLine } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import type { FleetEntry } from "../fleet/fleet-entry.ts";
import { healthLineOf } from "../health-of.ts";
import { listHealth } from "../list-health.ts";
import { byLoudness } from "../present/finding-order.ts";
import { nearestNames } from "./support/nearest-names.ts";
import { defineTool, type Tool, type ToolAnswer, type ToolContext } from "./support/tool.ts";

/** More do not fit into an answer. */
const mostNodes = 50;

/** The verdict with what is wrong and what to do, or the worst machines of all. */
export const nodeHealth: Tool = defineTool({
  name: "node_health",
  title: "Health of a machine",
  description:
    "Tells how a machine is: ok, degraded, failed, unknown (it is silent) or asleep, why and since when, with each problem and what to do about it. " +
    "Without node, how many machines are in each state and the worst first. Use it when somebody asks what is wrong with a machine or the cluster.",
  access: "health:read",
  parameters: Type.Object({
    node: Type.Optional(Type.String({ maxLength: 253, description: "Name of the machine; leave it out for all machines." })),
  }),
  handle(context, { node }) {
    context.fleet.refresh();
    return node === undefined ? ofAll(context) : ofOne(context, requireEntry(context, node));
  },
});

function ofAll({ fleet, findings, clock }: ToolContext): ToolAnswer {
  const { counts, nodes, total } = listHealth(fleet.entries(), findings, { limit: mostNodes });
  if (total === 0) return { text: "no machine is known: no agent has reported yet" };
  const told = Object.entries(counts).flatMap(([status, count]) => (count === 0 ? [] : [`${count} ${status}`]));
  const [worst] = nodes;
  const bad = worst === undefined || worst.status === "ok" ? "" : `; the worst is ${worst.node}: ${worst.reason}`;
  const unwell = nodes.filter(({ status }) => status !== "ok");
  return {
    text: `${total === 1 ? "1 machine" : `${total} machines`}: ${told.join(", ")}${bad}`,
    list: {
      name: "not_ok",
      items: unwell.map((line) => ({ node: line.node, status: line.status, reason: line.reason, ...ages(line, clock.wallMs()) })),
    },
  };
}

function ofOne({ findings, clock }: ToolContext, entry: FleetEntry): ToolAnswer {
  const nowMs = clock.wallMs();
  const line = healthLineOf(entry, findings);
  const firing = findings
    .ofNode(line.node)
    .filter(({ state, suppressedBy }) => state === "firing" && suppressedBy === undefined)
    .toSorted(byLoudness);
  const { last_heard_seconds_ago: seconds, ...rest } = ages(line, nowMs);
  return {
    text: `${line.node} is ${line.status}: ${line.reason} (last heard ${seconds} s ago)`,
    facts: { node: line.node, status: line.status, ...rest },
    list: {
      name: "problems",
      items: firing.map(({ severity, text, action, firingSince, isHeld, attention }) => ({
        ...{ severity, problem: text, what_to_do: action, ...(firingSince === undefined ? {} : { since: firingSince }) },
        ...(isHeld ? { freshness: "stale" } : {}),
        ...(attention?.isSetAside === true ? { set_aside: true } : {}),
      })),
    },
  };
}

function ages({ since, freshness, lastContactAt }: HealthLine, nowMs: number) {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(lastContactAt)) / 1000));
  return { since, freshness, last_heard_seconds_ago: seconds };
}

/** Models write names as people say them. */
function requireEntry({ fleet }: ToolContext, wanted: string): FleetEntry {
  const exact = fleet.entry(wanted);
  if (exact !== undefined) return exact;
  const entries = fleet.entries();
  const alike = entries.find(({ node }) => node.name.toLowerCase() === wanted.toLowerCase());
  if (alike !== undefined) return alike;
  const asked = wanted.length <= 64 ? wanted : `${wanted.slice(0, 64)}…`;
  if (entries.length === 0) throw new AppError("NOT_FOUND", `no machine is called "${asked}": no agent has reported yet`);
  const names = entries.map(({ node }) => node.name);
  throw new AppError("NOT_FOUND", `no machine is called "${asked}". Ask again with one of: ${nearestNames(wanted, names)}`);
}
