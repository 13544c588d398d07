/** How state looks: one mark for nodes, one for GPUs. Never by colour alone. */
import type { NodeStatus } from "@nodekeeper/shared/api";
import type { GpuVerdict } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

const verdictTone: Readonly<Record<GpuVerdict, NodeStatus | "">> = {
  free: "ok",
  asleep: "ok",
  busy: "",
  taken: "degraded",
  unavailable: "failed",
  unknown: "unknown",
};

/** A node's status as a word in a pill. */
export function StatusPill(props: { readonly status: NodeStatus }): JSX.Element {
  return <span class={`pill ${props.status}`}>{props.status}</span>;
}

/** What a GPU is good for now, as a word in a pill. Asleep is as good as free. */
export function GpuPill(props: { readonly word: string; readonly verdict: GpuVerdict }): JSX.Element {
  return <span class={`pill ${verdictTone[props.verdict]}`}>{props.word}</span>;
}
