/** A machine with its GPUs: what each is good for now and why, who holds its memory, what Ollama has loaded, and who keeps it. */
import type { FleetOllama } from "@nodekeeper/shared/api";
import { gpuPlace, gpuShortName } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { Prose } from "../prose.tsx";
import { nodeLink } from "../route.ts";
import { type ShownGpu, type ShownMachine, standingTones } from "./gpu-machines.ts";
import { ageText, isLoadedBadly, loadedText, numbersText } from "./gpu-words.ts";
import { Keeper } from "./keeper.tsx";
import { MemoryBar } from "./memory-bar.tsx";

/** Models in memory that a card names. */
const loadedAtMost = 6;

/** The card. */
export function MachineCard(props: {
  readonly machine: ShownMachine;
  readonly nowMs: number;
  readonly isAdmin: boolean;
  readonly onKept: () => void;
}): JSX.Element {
  const { machine, nowMs, isAdmin, onKept } = props;
  const { node, gpus, reservation, ollama } = machine;
  return (
    <article class={`card plain gpu-machine ${cardTone(gpus)}`} aria-label={node}>
      <h3 class="card-name">
        <a href={nodeLink(node)}>{node}</a>
      </h3>
      {gpus.map((shown) => (
        <GpuPart key={shown.gpu.id} shown={shown} isOneOfMany={gpus.length > 1} nowMs={nowMs} />
      ))}
      {ollama !== undefined && gpus.every(({ gpu }) => gpu.away === undefined) && <Loaded ollama={ollama} nowMs={nowMs} />}
      <Keeper node={node} reservation={reservation} nowMs={nowMs} isAdmin={isAdmin} onKept={onKept} />
    </article>
  );
}

function GpuPart(props: { readonly shown: ShownGpu; readonly isOneOfMany: boolean; readonly nowMs: number }): JSX.Element {
  const { shown, isOneOfMany, nowMs } = props;
  const { gpu, standing, word, text } = shown;
  const numbers = numbersText(gpu);
  return (
    <div class="gpu-part">
      <div class="card-head">
        <span>
          {gpuShortName(gpu)} {isOneOfMany && <span class="quiet">{gpuPlace(gpu.id)}</span>}
        </span>
        <span class={`pill ${standingTones[standing]}`}>{word}</span>
      </div>
      <p class="card-reason">
        <Prose text={text} /> <span class="quiet">{gpu.verdict === "asleep" ? "" : ageText(gpu, nowMs)}</span>
      </p>
      {gpu.away === undefined && <MemoryBar gpu={gpu} />}
      {numbers !== "" && <div class="quiet">{numbers}</div>}
      {gpu.slowed !== undefined && <div class="waits">{gpu.slowed}</div>}
      {gpu.wakeCost !== undefined && <div class="quiet">{gpu.wakeCost}</div>}
    </div>
  );
}

function Loaded(props: { readonly ollama: FleetOllama; readonly nowMs: number }): JSX.Element {
  const { isRunning, loadedModels } = props.ollama;
  const shown = loadedModels.slice(0, loadedAtMost);
  if (isRunning === false) return <p class="loaded waits">Ollama does not run</p>;
  if (shown.length === 0) return <p class="loaded quiet">Ollama has no model loaded</p>;
  return (
    <ul class="loaded" aria-label="What Ollama has loaded">
      {shown.map((model) => (
        <li key={model.name}>
          <strong>{model.name}</strong>{" "}
          <span class={isLoadedBadly(model) ? "waits" : "quiet"} title={model.text}>
            {loadedText(model, props.nowMs)}
          </span>
        </li>
      ))}
      {loadedModels.length > shown.length && <li class="quiet">and {loadedModels.length - shown.length} more</li>}
    </ul>
  );
}

/** By the worst of its GPUs. */
function cardTone(gpus: readonly ShownGpu[]): string {
  const tones = new Set(gpus.map(({ standing }) => standingTones[standing]));
  return ["failed", "unknown", "degraded", "asleep"].find((tone) => tones.has(tone)) ?? "";
}
