/** What an Ollama server has in memory, by its agent or by its own word. Pure. */

import { booleanField, innerSubject, numberField } from "@nodekeeper/shared/fields";
import { type MachineFacts, presentSubjects } from "@nodekeeper/shared/readings";
import type { LoadedModel, ModelsReading } from "./follow-models.ts";

/** Who speaks, and when. */
export type ReadingOrigin = Pick<ModelsReading, "atMs" | "goodForMs" | "witness"> & {
  /** Which run of the server it is, where the witness tells it beside the facts. */
  readonly run?: string;
  /** The clock of its machine minus ours; undefined where it is not known, and taken for ours. */
  readonly clockSkewMs: number | undefined;
};

/** "off": the server does not run. Undefined: nobody can tell, or not all of it. */
export function modelsReadingOf(facts: MachineFacts, origin: ReadingOrigin): ModelsReading | "off" | undefined {
  const [server] = presentSubjects(facts.subjects, "ollama_server");
  if (server?.outcome !== "ok" || server.freshness !== "fresh") return undefined;
  if (booleanField(server, "isRunning") !== true) return "off";
  if (!facts.lists.some(({ kind, isComplete }) => kind === "ollama_loaded_model" && isComplete)) return undefined;
  const { atMs, goodForMs, witness, run, clockSkewMs = 0 } = origin;
  const process = innerSubject(server, "owner");
  const loaded = presentSubjects(facts.subjects, "ollama_loaded_model")
    .filter(({ outcome, freshness }) => outcome === "ok" && freshness === "fresh")
    .map((subject): [string, LoadedModel] => {
      const expiresAtMs = numberField(subject, "expiresAtUnixMs");
      const isKept = booleanField(subject, "isKept") === true;
      return [
        subject.id,
        {
          contextLengthTokens: numberField(subject, "contextLengthTokens"),
          expiresAtMs: isKept ? Number.POSITIVE_INFINITY : expiresAtMs === undefined ? undefined : expiresAtMs - clockSkewMs,
        },
      ];
    });
  return {
    ...{ atMs, goodForMs, witness, loaded: new Map(loaded) },
    run: run ?? `${numberField(process, "pidNumber") ?? ""} ${numberField(process, "startedAtUnixMs") ?? ""}`,
  };
}
