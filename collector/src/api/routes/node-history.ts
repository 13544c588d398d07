/** GET /api/v1/nodes/{name}/history */
import { History, HistoryQuery } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { isoTime } from "../../state/iso-time.ts";
import { subjectKinds } from "../../state/subject-body.ts";
import { formerNode } from "../../store/former-node.ts";
import { historyOf } from "../history/history-of.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { requestInvalid } from "../problem/validation.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";
import { tagged } from "../tagged.ts";

/** Without `from`, so long before `to`. */
const defaultSpanMs = 3_600_000;
/** More names than a kind has are a mistake. */
const maximumNames = 64;

/** Numbers of one node over time. */
export const nodeHistory: Route = defineRoute({
  name: "node-history",
  method: "GET",
  path: "/api/v1/nodes/{name}/history",
  access: "read",
  tag: "nodes",
  summary: "Numbers of one node over time",
  description:
    "Samples by subject and name; also of a node that was retired, and of a `machine` that bore the name before. A disk that came from another machine brings its numbers along. Raw ones are kept for a day, averages, minima and maxima over 5 minutes for 30 days and over an hour for a " +
    "year; `resolution=auto` takes the finest that covers the span. Counters (`…_total`) come as rates per second. Gaps are null.",
  pathParameters: NodeNameParameter,
  queryParameters: Type.Object({
    ...HistoryQuery.properties,
    kind: Type.Enum([...subjectKinds], { description: "kind of the subject, e.g. filesystem" }),
  }),
  success: { status: 200, description: "The series", contentType: "application/json", schema: History },
  refusals: { 404: "No node has this name; the nearest name is suggested", 503: "The database cannot be read now" },
  async handle({ state, store, clock }, { path, query }) {
    const problems: string[] = [];
    const toMs = timeOf("to", query.to, clock.wallMs(), problems);
    const fromMs = timeOf("from", query.from, toMs - defaultSpanMs, problems);
    if (fromMs > toMs) problems.push(`query parameter "from" (${isoTime(fromMs)}) is after "to" (${isoTime(toMs)})`);
    const names = query.name?.split(",").filter((name) => name !== "") ?? [];
    if (names.length > maximumNames) problems.push(`query parameter "name": more than ${maximumNames} names`);
    if (problems.length > 0) throw requestInvalid(problems);
    const { machine = "" } = query;
    const isFormer = machine !== "" && machine !== state.node(path.name)?.machineId;
    const request = {
      node: isFormer ? formerNode(path.name, machine) : path.name,
      kind: query.kind,
      id: query.id,
      names,
      fromMs,
      toMs,
      resolution: query.resolution ?? "auto",
      ...(query.points === undefined ? {} : { points: query.points }),
    };
    const history = await historyOf({ state, store }, request);
    if (history.series.length === 0) requireNode(state, path.name); // numbers of a node that was retired are kept
    return tagged({ ...history, node: path.name });
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
