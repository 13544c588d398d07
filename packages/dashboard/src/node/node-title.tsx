/** The verdict on a node in one sentence: since when it is so, on how fresh a word, what it does not cover, and who works on it. */
import type { Freshness, NodeHealth, NodeSummary } from "@nodekeeper/shared/api";
import { formatAgo, formatSince, formatTimeSpan } from "@nodekeeper/shared/format";
import { counted, proofTexts } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import type { Deciding } from "../findings/deciding.ts";
import { DecisionActions } from "../findings/decision-actions.tsx";
import { DecisionLine } from "../findings/decision-lines.tsx";
import { hasBegun, maintenances } from "../findings/decision-text.ts";
import { maintenanceOf } from "../findings/offers.ts";
import { StatusPill } from "../status.tsx";

const freshnessWords: Readonly<Record<Freshness, string>> = {
  fresh: "its word is fresh",
  stale: "its word is overdue",
  lost: "it was silent for a week or more",
};

/** The head of the page. `health` comes a moment later than the rest. */
export function NodeTitle(props: {
  readonly summary: NodeSummary;
  readonly health: NodeHealth | undefined;
  readonly nowMs: number;
  readonly deciding: Deciding;
}): JSX.Element {
  const { summary, health, nowMs, deciding } = props;
  const { name, status, reason, freshness, isConnected, lastContactAt, uptimeSeconds, agentVersion, proof } = summary;
  const unknownCount = health?.unknowns.length ?? 0;
  // Of those that are away the reason says it.
  const isHere = status !== "unknown" && status !== "asleep";
  const since = isHere && health?.status === status ? ` ${formatSince(health.since, nowMs)}` : "";
  return (
    <section class="title">
      <a class="back" href="#/">
        ← all nodes
      </a>
      <h1>
        {name} <StatusPill status={status} />
      </h1>
      <p>
        <span role="status">{reason}</span>
        <span class="quiet">{since}</span>
      </p>
      <p class="quiet">
        {isConnected ? "connected" : "not connected"} · {status === "asleep" ? "last word" : `${freshnessWords[freshness]}, last`}{" "}
        {formatAgo(lastContactAt, nowMs)}
        {uptimeSeconds !== undefined && ` · up ${formatTimeSpan(uptimeSeconds)}`} · agent {agentVersion}
      </p>
      {proof !== undefined && <p class="quiet">{proofTexts[proof]}</p>}
      {unknownCount > 0 && (
        <p class="doubt">
          {counted(unknownCount, "thing")} could not be told, and the verdict does not cover {unknownCount === 1 ? "it" : "them"}
          {": "}
          <button type="button" class="inline" onClick={() => document.getElementById("unknown")?.scrollIntoView()}>
            see below
          </button>
        </p>
      )}
      <Maintenance node={name} nowMs={nowMs} deciding={deciding} />
    </section>
  );
}

/** Who works on it, with the way to end that; else the way to begin. */
function Maintenance(props: { readonly node: string; readonly nowMs: number; readonly deciding: Deciding }): JSX.Element {
  const { node, nowMs, deciding } = props;
  const { decisions = [] } = deciding;
  const now = maintenances(decisions, nowMs);
  const current = now.get(node) ?? now.get("");
  const planned = decisions.find(
    (decision) => decision.kind === "maintenance" && decision.scope.node === node && !hasBegun(decision, nowMs),
  );
  const shown = current ?? planned;
  if (shown !== undefined) {
    return (
      <div class="finding works below">
        <DecisionLine decision={shown} deciding={deciding} nowMs={nowMs} />
        <div class="quiet">Nobody is told of its findings, and nothing is taken from it.</div>
      </div>
    );
  }
  return (
    <DecisionActions
      offers={[maintenanceOf(node)]}
      deciding={deciding}
      about={node}
      command={`nodekeeper maintenance ${node} --for 2h`}
    />
  );
}
