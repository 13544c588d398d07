/** Models of Ollama: those in memory with where they lie and how long they stay, then those on disk with whether they would fit. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField } from "@nodekeeper/shared/fields";
import { formatSize } from "@nodekeeper/shared/format";
import {
  fitWord,
  type MachineFacts,
  type ModelFit,
  type ModelPlacement,
  modelAbilitiesText,
  modelFits,
  modelText,
  placements,
  placementWord,
  presentSubjects,
  unloadText,
} from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { section, type View } from "./section.ts";

/** Models in the short form. */
const limit = 5;

const columns: readonly Column[] = [
  { title: "MODEL", minimumWidth: 14 },
  { title: "SIZE", align: "right" },
  { title: "LOADED" },
  { title: "UNLOADS" },
  { title: "FITS" },
  { title: "WHAT" },
  { title: "CAN" },
];

const placementTone: Readonly<Record<ModelPlacement["placement"], Tone>> = {
  gpu: "good",
  partly: "warning",
  cpu: "plain",
  "cpu-fallback": "bad",
  unknown: "plain",
};
const fitTone: Readonly<Record<ModelFit["answer"], Tone>> = {
  now: "good",
  "after-unload": "plain",
  "without-others": "warning",
  never: "quiet",
  unknown: "plain",
};

/** The table; "" without models. */
export function renderModels(terminal: Terminal, facts: MachineFacts, view: View): string {
  const places = new Map(placements(facts).map((placement) => [placement.model, placement]));
  const loaded = presentSubjects(facts.subjects, "ollama_loaded_model");
  const onDisk = presentSubjects(facts.subjects, "ollama_model");
  const loadedRows = loaded.map((one) =>
    loadedRow(
      one,
      places.get(one.id),
      onDisk.find(({ id }) => id === one.id),
      view,
    ),
  );
  const others = onDisk
    .filter(({ id }) => !loaded.some((one) => one.id === id))
    .sort((a, b) => (numberField(b, "sizeBytes") ?? 0) - (numberField(a, "sizeBytes") ?? 0));
  const fits = new Map(modelFits(facts, view.nowMs).map((fit) => [fit.model, fit]));
  const table = section(terminal, view, {
    columns,
    rows: [...loadedRows, ...others.map((model) => diskRow(model, fits.get(model.id), view))],
    limit,
  });
  const lines = [
    ...loaded.flatMap(({ id }) => placementLines(terminal, id, places.get(id), view)),
    ...(view.isAll ? others.flatMap(({ id }) => hang(`${id}  `, fits.get(id)?.text ?? "", terminal.width)) : []),
  ];
  return lines.length === 0 ? table : `${table}${view.isAll ? "\n\n" : "\n"}${lines.join("\n")}`;
}

function loadedRow(
  loaded: SubjectBody,
  placement: ModelPlacement | undefined,
  model: SubjectBody | undefined,
  view: View,
): readonly Cell[] {
  return [
    loaded.id,
    formatSize(numberField(loaded, "sizeBytes")),
    placement === undefined ? "" : { text: placementWord(placement), tone: placementTone[placement.placement] },
    unloadText(loaded, view.nowMs),
    "",
    model === undefined ? "" : modelText(model),
    model === undefined || !view.isAll ? "" : modelAbilitiesText(model),
  ];
}

function diskRow(model: SubjectBody, fit: ModelFit | undefined, view: View): readonly Cell[] {
  return [
    model.id,
    formatSize(numberField(model, "sizeBytes")),
    "",
    "",
    fit === undefined ? "" : { text: fitWord(fit.answer), tone: fitTone[fit.answer] },
    modelText(model),
    view.isAll ? modelAbilitiesText(model) : "",
  ];
}

/** Where a model lies on the CPU though Ollama claims the GPU, the reason is worth a line; in the long form every place is. */
function placementLines(terminal: Terminal, id: string, placement: ModelPlacement | undefined, view: View): readonly string[] {
  if (placement === undefined) return [];
  const isTold = placement.placement === "cpu-fallback" || view.isAll;
  return isTold ? hang(`${id}  `, placement.text, terminal.width) : [];
}
