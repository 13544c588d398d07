/** Routes of requests for models: the servers, the models, and why one request goes where it goes. */
import type { LoadedOnServerBody, RoutedServerBody, RouteExplanation, RouteTableBody } from "@nodekeeper/shared/api";
import { formatAgo, formatSince } from "@nodekeeper/shared/format";
import { type Column, renderTable } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { wrap } from "../wrap.ts";

const serverColumns: readonly Column[] = [
  { title: "SERVER" },
  { title: "FOR" },
  { title: "ANSWERS" },
  { title: "SINCE", isOptional: true },
  { title: "URL", minimumWidth: 16, isOptional: true },
  { title: "LOADED", isWrapped: true, isOptional: true },
  { title: "STATE", isWrapped: true },
];
const modelColumns: readonly Column[] = [
  { title: "MODEL", minimumWidth: 16 },
  { title: "KIND" },
  { title: "GOES TO", isWrapped: true },
];
const candidateColumns: readonly Column[] = [
  { title: "SERVER" },
  { title: "STANDING" },
  { title: "AT ONCE", align: "right", isOptional: true },
  { title: "WHY", isWrapped: true },
];

const reachTones: Readonly<Record<RoutedServerBody["reach"], Tone>> = { up: "good", down: "bad", unknown: "warning" };

/** All of them. */
export function renderRoutes(terminal: Terminal, { servers, models }: RouteTableBody, nowMs: number): string {
  if (servers.length === 0) return "no Ollama server is known: no agent sees one, and the policy names none (routing.servers)";
  const serverRows = servers.map(({ name, kinds, reach, since, url = "", loaded, text }) => [
    name,
    kinds.join(", "),
    { text: reach, tone: reachTones[reach] },
    since === undefined ? "" : formatSince(since, nowMs),
    url,
    loaded.map((model) => `${model.model} (${useText(model, nowMs)})`).join(", "),
    text,
  ]);
  const modelRows = models.map(({ model, kind, servers }) => [
    model,
    kind,
    servers.length === 0 ? ({ text: "nowhere", tone: "warning" } as const) : servers.join(", then "),
  ]);
  return [renderTable(terminal, serverColumns, serverRows), renderTable(terminal, modelColumns, modelRows)]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** One request. */
export function renderRouteExplanation(terminal: Terminal, { text, candidates, server }: RouteExplanation): string {
  const sentence = wrap(text, terminal.width)
    .map((line) => terminal.paint("strong", line))
    .join("\n");
  const rows = candidates.map((candidate) => {
    const tone: Tone = candidate.server === server ? "good" : candidate.standing === "left-out" ? "quiet" : "plain";
    return [
      candidate.server,
      { text: candidate.standing, tone },
      candidate.slots === undefined ? "?" : String(candidate.slots),
      candidate.isStale ? `${candidate.text} (its agent is silent)` : candidate.text,
    ];
  });
  return rows.length === 0 ? sentence : `${sentence}\n\n${renderTable(terminal, candidateColumns, rows)}`;
}

function useText({ isKept, isInUse, lastUsedAt }: LoadedOnServerBody, nowMs: number): string {
  if (isKept) return "stays";
  if (isInUse) return "in use";
  return lastUsedAt === undefined ? "last use not known" : `used about ${formatAgo(lastUsedAt, nowMs)}`;
}
