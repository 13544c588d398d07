/** GET /api/v1/nodes/{name}/history */
import { didYouMean } from "@nodekeeper/shared";
import { History, HistoryQuery } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { isoTime } from "../present/iso-time.ts";
import { subjectKinds } from "../present/subject-body.ts";
import { requestInvalid } from "../problem/validation.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** Without `from`, so long before `to`. */
const defaultSpanMs = 3_600_000;
/** More names than a kind has are a mistake. */
const maximumNames = 64;

/** Numbers of one node over time. */
export const nodeHistory: Route = defineRoute({
  name: "node-history",
  path: "/api/v1/nodes/{name}/history",
  tag: "nodes",
  summary: "Numbers of one node over time",
  description:
    "Samples by subject and name. Raw ones are kept for a day, averages, minima and maxima over 5 minutes for 30 days and over an hour for a " +
    "year; `resolution=auto` takes the finest that covers the span. Counters (`…_total`) come as rates per second. Gaps are null.",
  pathParameters: NodeNameParameter,
  queryParameters: HistoryQuery,
  success: { status: 200, description: "The series", contentType: "application/json", schema: History },
  refusals: { 404: "No node has this name; the nearest name is suggested", 503: "The database cannot be read now" },
  async handle({ state, store, clock }, { path, query }) {
    const problems: string[] = [];
    const toMs = timeOf("to", query.to, clock.wallMs(), problems);
    const fromMs = timeOf("from", query.from, toMs - defaultSpanMs, problems);
    if (fromMs > toMs) problems.push(`query parameter "from" (${isoTime(fromMs)}) is after "to" (${isoTime(toMs)})`);
    if (!subjectKinds.includes(query.kind)) {
      const hint = didYouMean(query.kind, subjectKinds) || `; known are ${subjectKinds.join(", ")}`;
      problems.push(`query parameter "kind": "${query.kind.slice(0, 64)}" is not a kind of subject${hint}`);
    }
    const names = query.name?.split(",").filter((name) => name !== "") ?? [];
    if (names.length > maximumNames) problems.push(`query parameter "name": more than ${maximumNames} names`);
    if (problems.length > 0) throw requestInvalid(problems);
    const node = requireNode(state, path.name);
    const request = {
      node: node.name,
      kind: query.kind,
      id: query.id,
      names,
      fromMs,
      toMs,
      resolution: query.resolution ?? "auto",
    };
    return { kind: "body", body: await store.history(request) };
  },
});

/** A time of the query in ms. Its form is right by the schema, but the day may not exist (30 February). */
function timeOf(name: string, text: string | undefined, defaultMs: number, problems: string[]): number {
  if (text === undefined) return defaultMs;
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs)) return atMs;
  problems.push(`query parameter "${name}": there is no such time as "${text}"`);
  return defaultMs;
}
