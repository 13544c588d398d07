/** What runs on a machine for the cluster, a line each: Ollama, Tailscale, K3s, Longhorn's needs, and the power of a Raspberry Pi. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField, textsField } from "@nodekeeper/shared/fields";
import {
  boardPowerText,
  externalPcieText,
  fanText,
  k3sText,
  keyText,
  longhornText,
  modelsText,
  ollamaSettings,
  ollamaVersionText,
  peerCountsText,
  presentSubjects,
  runtimeText,
  singleSubject,
  tailscaleText,
} from "@nodekeeper/shared/readings";
import { list, type View } from "./section.ts";

/** A line of the overview. */
export type ServiceLine = readonly [title: string, text: string];

/** The lines; an empty text where a machine has none of it. */
export function serviceLines(subjects: readonly SubjectBody[], view: View): readonly ServiceLine[] {
  const k3s = singleSubject(subjects, "k3s");
  const runtimes = presentSubjects(subjects, "container_runtime").map(runtimeText).join("; ");
  return [
    ["power", presentSubjects(subjects, "raspberry_pi").map(boardText).join("; ")],
    ["ollama", ollamaText(subjects, view)],
    ["tailscale", tailnetText(subjects, view)],
    [k3s === undefined ? "containers" : "k3s", list(k3s && k3sText(k3s, view.nowMs), runtimes)],
    ["longhorn", longhornText(subjects)],
  ];
}

function boardText(board: SubjectBody): string {
  return [boardPowerText(board), fanText(board), externalPcieText(board)].filter((part) => part !== "").join("; ");
}

function ollamaText(subjects: readonly SubjectBody[], view: View): string {
  const server = singleSubject(subjects, "ollama_server");
  if (server === undefined) return "";
  const endpoint = subjects.find(({ kind, outcome }) => kind === "ollama_endpoint" && outcome !== "absent");
  const addresses = endpoint === undefined ? [] : textsField(endpoint, "addresses");
  const isAlone = endpoint?.failure?.code === "OLLAMA_LOOPBACK_ONLY";
  const settings = ollamaSettings(server).map(
    ({ name, value }) => `${view.isAll ? name : name.replace(/^OLLAMA_/, "")}=${value}`,
  );
  return list(
    ollamaVersionText(server),
    isAlone ? "only this machine reaches it" : addresses.length === 0 ? "" : `on ${addresses.join(" ")}`,
    modelsText(presentSubjects(subjects, "ollama_model")),
    settings.join(" "),
    booleanField(server, "isRestartNeeded") === true ? "its unit's settings wait for a restart" : "",
  );
}

function tailnetText(subjects: readonly SubjectBody[], view: View): string {
  const self = singleSubject(subjects, "tailscale");
  if (self === undefined) return "";
  const region = textField(self, "homeRegion");
  return list(
    tailscaleText(self),
    keyText(self, view.nowMs),
    peerCountsText(self),
    view.isAll ? textField(self, "version") : "",
    view.isAll && region !== "" ? `home ${region}` : "",
    ...textsField(self, "healthMessages").map((message) => `it says: ${message}`),
  );
}
