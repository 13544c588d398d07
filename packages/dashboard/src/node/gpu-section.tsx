/** GPUs: what they are good for now, and why. */
import { gpuReadings, gpuState, type MachineFacts } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { linkTo } from "../route.ts";
import { GpuCard } from "./gpu-card.tsx";

/** One card a GPU. */
export function GpuSection(props: {
  readonly node: string;
  readonly facts: MachineFacts;
  readonly nowMs: number;
}): JSX.Element | null {
  const { node, facts, nowMs } = props;
  const gpus = gpuReadings(facts);
  if (gpus.length === 0) return null;
  return (
    <section>
      <div class="section-head">
        <h2>{gpus.length === 1 ? "GPU" : "GPUs"}</h2>
        <a class="quiet" href={linkTo("gpus", { q: node })}>
          reserve it, and where models go
        </a>
      </div>
      <div class="cards wide">
        {gpus.map((gpu) => (
          <GpuCard key={gpu.id} gpu={gpu} state={gpuState(gpu, facts, nowMs)} />
        ))}
      </div>
    </section>
  );
}
