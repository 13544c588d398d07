/** "Is a GPU free?": for any work, for a model, or for a program that needs so much memory. */
import type { GpuAvailability, GpuAvailabilityList } from "@nodekeeper/shared/api";
import { formatAgo, formatPart, formatSize } from "@nodekeeper/shared/format";
import { gpuShortName } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Segments } from "../choices.tsx";
import { useNowMs } from "../clock.ts";
import { useFollowed } from "../live/use-followed.ts";
import { Prose } from "../prose.tsx";
import { nodeLink, useChoices } from "../route.ts";
import { useLast } from "../use-last.ts";
import { useSettled } from "../use-settled.ts";
import { More } from "./more.tsx";
import { verdictTones, verdictWords } from "./route-words.ts";

const shownAtOnce = 3;
const needs = [
  { value: "", text: "at all" },
  { value: "model", text: "for a model" },
  { value: "memory", text: "for a program" },
];

/** The box. The question stands in the address; that a GPU is free at all is asked where nothing is. */
export function AskFree(props: { readonly news: unknown }): JSX.Element {
  const [choices, choose] = useChoices();
  const id = useId();
  const need = choices.get("need") ?? "";
  const model = choices.get("fit") ?? "";
  const gib = choices.get("gib") ?? "";
  const path = pathOf(need, model.trim(), gib);
  const asked = useFollowed<GpuAvailabilityList>(useSettled(path), props.news);
  const answer = useLast(asked.body);
  return (
    <section class="card plain ask free" aria-labelledby={id}>
      <h2 id={id}>Is a GPU free?</h2>
      <Segments label="For what" options={needs} chosen={need} onChoose={(chosen) => choose({ need: chosen })} />
      {need === "model" && (
        <div class="fields">
          <label>
            Model that Ollama has
            <input
              type="text"
              placeholder="llama3.1:8b"
              autocomplete="off"
              spellcheck={false}
              maxLength={256}
              value={model}
              onInput={(event) => choose({ fit: event.currentTarget.value })}
            />
          </label>
        </div>
      )}
      {need === "memory" && (
        <div class="fields">
          <label>
            GiB that must be free
            <input
              type="number"
              min={0}
              max={100_000}
              step="any"
              placeholder="8"
              value={gib}
              onInput={(event) => choose({ gib: event.currentTarget.value })}
            />
          </label>
        </div>
      )}
      {asked.trouble !== "" && <p class="bad">{asked.trouble}</p>}
      <div aria-live="polite">
        {answer !== undefined && path !== undefined && asked.trouble === "" && <Answer answer={answer} />}
      </div>
    </section>
  );
}

function Answer(props: { readonly answer: GpuAvailabilityList }): JSX.Element {
  const { text, gpus, leftOut } = props.answer;
  const nowMs = useNowMs();
  const [limit, setLimit] = useState(shownAtOnce);
  return (
    <>
      <p class="ask-answer">
        <Prose text={text} />
      </p>
      <ol class="verdicts">
        {gpus.slice(0, limit).map((gpu) => (
          <li key={`${gpu.node} ${gpu.gpuId}`}>
            <div class="card-head">
              <span>
                <a href={nodeLink(gpu.node)}>{gpu.node}</a> {gpuShortName(gpu)}
              </span>
              <span class={`pill ${verdictTones[gpu.verdict]}`}>{verdictWords[gpu.verdict]}</span>
            </div>
            <div class="quiet">
              <Prose text={gpu.text} />
              {memoryText(gpu)}
              {gpu.slots !== undefined && gpu.slots > 1 && ` · ${gpu.slots} requests at once`}
              {gpu.unloadLastUsedAt !== undefined && ` · what would go was used ${formatAgo(gpu.unloadLastUsedAt, nowMs)}`}
            </div>
          </li>
        ))}
      </ol>
      <More count={gpus.length} limit={limit} what="GPUs" onMore={() => setLimit(limit + 100)} />
      {leftOut > 0 && limit >= gpus.length && <p class="quiet">and {leftOut} more, none of them better</p>}
    </>
  );
}

/** " · needs 5.6 GiB, free 13.2 of 15.5 GiB". */
function memoryText({ neededBytes, freeBytes, capacityBytes }: GpuAvailability): string {
  if (neededBytes === undefined) return "";
  const free = freeBytes === undefined ? "" : `, free ${formatPart(freeBytes, capacityBytes)}`;
  return ` · needs ${formatSize(neededBytes)}${free}`;
}

/** Undefined while it is not said what for. */
function pathOf(need: string, model: string, gib: string): string | undefined {
  if (need === "") return "api/v1/gpus/availability";
  if (need === "model") return model === "" ? undefined : `api/v1/gpus/availability?${new URLSearchParams({ model })}`;
  return gib === "" ? undefined : `api/v1/gpus/availability?${new URLSearchParams({ min_free_vram_gib: gib })}`;
}
