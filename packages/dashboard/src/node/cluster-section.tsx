/** K3s, its containers, and what Longhorn needs of the node. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatIn } from "@nodekeeper/shared/format";
import {
  k3sText,
  type LonghornNeed,
  longhornNeeds,
  longhornText,
  presentSubjects,
  runtimeText,
  singleSubject,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { type FactRow, Facts } from "../facts.tsx";
import { Doubt } from "./doubt.tsx";

/** Facts, and a list of what is lacking; nothing on a machine that is no node of a cluster. */
export function ClusterSection(props: { readonly subjects: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element | null {
  const { subjects, nowMs } = props;
  const rows = clusterRows(subjects, nowMs).filter(([, text]) => text !== "");
  const needs = longhornNeeds(subjects);
  if (rows.length + needs.length === 0) return null;
  return (
    <section>
      <h2>Cluster</h2>
      <Facts rows={rows} />
      <Doubt subject={singleSubject(subjects, "k3s")} />
      {needs.length > 0 && <NeedList needs={needs} />}
    </section>
  );
}

function clusterRows(subjects: readonly SubjectBody[], nowMs: number): readonly FactRow[] {
  const k3s = singleSubject(subjects, "k3s");
  const text = (name: string): string => (k3s === undefined ? "" : textField(k3s, name));
  const endsAtMs = k3s && numberField(k3s, "certificateExpiresAtUnixMs");
  const runtimes = presentSubjects(subjects, "container_runtime").map(runtimeText);
  return [
    ["K3s", k3s === undefined ? "" : k3sText(k3s, nowMs), k3s !== undefined && booleanField(k3s, "isRunning") === false],
    [
      "Node",
      [text("nodeName"), ...(k3s === undefined ? [] : textsField(k3s, "nodeAddresses"))].filter((part) => part !== "").join(", "),
    ],
    ["Joins", text("serverAddress")],
    ["Certificate", endsAtMs === undefined ? "" : `ends ${formatIn(new Date(endsAtMs).toISOString(), nowMs)}`],
    ["Containers", runtimes.join("; ")],
    ["Longhorn", longhornText(subjects)],
  ];
}

function NeedList(props: { readonly needs: readonly LonghornNeed[] }): JSX.Element {
  return (
    <ul class="findings below" aria-label="What Longhorn lacks">
      {props.needs.map((need) => (
        <li key={need.key} class={`finding ${need.isError ? "high" : "medium"}`}>
          <div class="finding-text">
            {need.place}: {need.message}
          </div>
          <div class="finding-action">{need.remedy}</div>
          <div class="quiet">Longhorn, {need.isError ? "error" : "warning"}</div>
        </li>
      ))}
    </ul>
  );
}
