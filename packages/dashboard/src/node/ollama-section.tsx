/** Ollama: how it is reached and set, which models are loaded and where they lie, which would fit. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatSize } from "@nodekeeper/shared/format";
import {
  type MachineFacts,
  type ModelFit,
  type ModelPlacement,
  modelAbilitiesText,
  modelFits,
  modelsText,
  modelText,
  ollamaEndpointText,
  ollamaSettings,
  ollamaVersionText,
  placements,
  presentSubjects,
  singleSubject,
  unloadText,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { type FactRow, Facts } from "../facts.tsx";
import { Doubt } from "./doubt.tsx";

const placementTone: Readonly<Record<ModelPlacement["placement"], string>> = {
  gpu: "",
  partly: "warning",
  cpu: "",
  "cpu-fallback": "bad",
  unknown: "",
};

/** Facts and a table; nothing on a machine without it. */
export function OllamaSection(props: { readonly facts: MachineFacts; readonly nowMs: number }): JSX.Element | null {
  const { facts, nowMs } = props;
  const server = singleSubject(facts.subjects, "ollama_server");
  const models = presentSubjects(facts.subjects, "ollama_model");
  if (server === undefined && models.length === 0) return null;
  return (
    <section>
      <h2>Ollama</h2>
      {server !== undefined && <Facts rows={serverRows(server, models, facts.subjects)} />}
      <Doubt subject={server} />
      <Models facts={facts} models={models} nowMs={nowMs} />
    </section>
  );
}

function serverRows(server: SubjectBody, models: readonly SubjectBody[], subjects: readonly SubjectBody[]): readonly FactRow[] {
  const endpoint = subjects.find(({ kind, outcome }) => kind === "ollama_endpoint" && outcome !== "absent");
  const settings = ollamaSettings(server).map(({ name, value }) => `${name}=${value}`);
  const isRestartNeeded = booleanField(server, "isRestartNeeded") === true;
  return [
    ["Version", ollamaVersionText(server), booleanField(server, "isRunning") === false],
    ["Reached at", ollamaEndpointText(endpoint), endpoint?.outcome === "failed"],
    ["Unit", textField(server, "unit")],
    ["Models", modelsText(models)],
    ["Settings", settings.length === 0 ? "all as Ollama has them" : settings.join(" ")],
    ["Restart", isRestartNeeded ? "its unit's settings wait for one" : ""],
  ];
}

function Models(props: {
  readonly facts: MachineFacts;
  readonly models: readonly SubjectBody[];
  readonly nowMs: number;
}): JSX.Element | null {
  const { facts, models, nowMs } = props;
  const loaded = presentSubjects(facts.subjects, "ollama_loaded_model");
  const others = models
    .filter(({ id }) => !loaded.some((one) => one.id === id))
    .sort((a, b) => (numberField(b, "sizeBytes") ?? 0) - (numberField(a, "sizeBytes") ?? 0));
  if (loaded.length + others.length === 0) return null;
  const places = new Map(placements(facts).map((placement) => [placement.model, placement]));
  const fits = new Map(modelFits(facts, nowMs).map((fit) => [fit.model, fit]));
  return (
    <div class="table-place below">
      <table>
        <thead>
          <tr>
            <th>Model</th>
            <th>Where it lies, or would</th>
            <th>Unloads</th>
            <th class="number">Size</th>
          </tr>
        </thead>
        <tbody>
          {loaded.map((one) => (
            <tr key={one.id}>
              <ModelName name={one.id} model={models.find(({ id }) => id === one.id)} />
              <LoadedCell placement={places.get(one.id)} />
              <td>{unloadText(one, nowMs)}</td>
              <td class="number">{formatSize(numberField(one, "sizeBytes"))}</td>
            </tr>
          ))}
          {others.map((model) => (
            <tr key={model.id}>
              <ModelName name={model.id} model={model} />
              <OnDiskCell fit={fits.get(model.id)} />
              <td />
              <td class="number">{formatSize(numberField(model, "sizeBytes"))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ModelName(props: { readonly name: string; readonly model: SubjectBody | undefined }): JSX.Element {
  const { name, model } = props;
  const about = model === undefined ? [] : [modelText(model), modelAbilitiesText(model)].filter((text) => text !== "");
  return (
    <td class="wrap">
      {name}
      <div class="quiet">{about.join(" · ")}</div>
    </td>
  );
}

function LoadedCell(props: { readonly placement: ModelPlacement | undefined }): JSX.Element {
  const { placement } = props;
  return (
    <td class="wrap">
      loaded
      <div class={placement === undefined ? "" : placementTone[placement.placement]}>{placement?.text}</div>
    </td>
  );
}

function OnDiskCell(props: { readonly fit: ModelFit | undefined }): JSX.Element {
  const { fit } = props;
  return (
    <td class="wrap">
      <span class="quiet">not loaded</span>
      <div>{fit?.text}</div>
    </td>
  );
}
