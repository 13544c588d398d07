/**
 * Ollama on this machine: the server with its settings, where others reach it, the models on its disk and those in memory.
 * Sources: its HTTP API (docs/api.md of ollama/ollama), its process in /proc, its unit. It is asked for what it knows only: nothing is loaded, and
 * nothing stays loaded longer. Of the environment only the variables of Ollama are read.
 *
 * A machine without it costs some files that are not there, and the names of its processes once a minute. What a model can is asked once for each
 * digest, for a few models in a run.
 */
import type { SubjectList } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { absentSubject, completeList, incompleteList, type Payload } from "../payload.ts";
import { defineProbe, type LastReadAt, type Past, type Probe } from "../probe.ts";
import type { Answer, ServerAnswers } from "./support/ollama/ask-server.ts";
import { endpointSection, unreachableBecause } from "./support/ollama/endpoint-section.ts";
import { findServer } from "./support/ollama/find-server.ts";
import { loadedModelValue } from "./support/ollama/loaded-models.ts";
import { digestOf, type KnownDetails, modelValue, namedModels, showsByDigest } from "./support/ollama/models.ts";
import type { RawOllama, RawServer } from "./support/ollama/raw-ollama.ts";
import { readServer } from "./support/ollama/read-server.ts";
import { idleServer, runningServer, startingUnit } from "./support/ollama/server-section.ts";
import { type RawServerUnit, readServerUnit, usualUnit } from "./support/ollama/server-unit.ts";
import { type Finding, type Section, sectionOf } from "./support/section.ts";
import { isUnitEnabled } from "./support/systemd/is-unit-enabled.ts";

/** Makes the probe. `nodeAddress` is an address of the node, for an agent in a container, whose loopback is not the node's. */
export function createOllamaProbe(nodeAddress?: string): Probe<RawOllama> {
  return defineProbe<RawOllama>({
    name: "ollama",
    title: "Ollama and its models",
    intervalMs: 15_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 3_600_000,
    timeoutMs: 14_500, // what the questions may take together, and a little
    needs: { paths: ["/proc", "/etc/systemd/system", "/usr/lib/systemd/system", "/sys/fs/cgroup"], commands: [], root: true },
    read: (host, signal, lastReadAt, past) => read(host, { signal, lastReadAt, past, nodeAddress }),
    parse,
  });
}

/** A clock that was set back makes a search come from the future: then it is not young. */
function isYoung(searchedAtMs: number, nowMs: number): boolean {
  return searchedAtMs <= nowMs && nowMs - searchedAtMs < searchEveryMs;
}

interface RunContext {
  readonly signal: AbortSignal;
  readonly lastReadAt: LastReadAt | undefined;
  readonly past: Past | undefined;
  readonly nodeAddress: string | undefined;
}

/** How often all processes are looked through while no server runs. */
const searchEveryMs = 60_000;
/** So that hundreds of new models are asked for in the course of minutes. */
const showsInRun = 4;
/** A run that no other follows asks for more at once. */
const showsInOnlyRun = 32;

async function read(host: Host, { signal, lastReadAt, past, nodeAddress }: RunContext): Promise<RawOllama> {
  const nowMs = (await host.time()).wallMs;
  const before = past?.readings("ollama_server").map(({ value }) => (value.case === "ollamaServer" ? value.value : undefined))[0];
  const known = knownDetails(past);
  const usual = await unitNamed(host, usualUnit);
  const pid = before?.isRunning === true ? before.owner?.pidNumber : undefined;
  // While no server runs, the endpoint is absent since the last search: see `carried`.
  const searchedAtMs = lastReadAt?.("ollama_endpoint", "");
  const search = await findServer(host, {
    pid,
    unit: usual instanceof AppError ? undefined : usual?.name,
    isSearchDue: pid !== undefined || searchedAtMs === undefined || !isYoung(searchedAtMs, nowMs),
  });
  const idle = async (server: Exclude<RawOllama["server"], RawServer>): Promise<RawOllama> => {
    const name = usual instanceof AppError ? undefined : usual?.name;
    return { unit: usual, isUnitEnabled: name === undefined ? undefined : await isUnitEnabled(host, name), server, known, nowMs };
  };
  if (search.kind !== "found") return idle(search);
  const maximumShows = past === undefined ? showsInOnlyRun : showsInRun;
  const server = await readServer(host, { pid: search.pid, before, known, nodeAddress, maximumShows, nowMs, signal });
  if (server === undefined) return idle({ kind: "none", isFresh: true });
  const name = startingUnit(server);
  const unit = name === undefined || name === usualUnit ? usual : await unitNamed(host, name);
  return { unit: name === undefined ? undefined : unit, isUnitEnabled: undefined, server, known, nowMs };
}

function parse(raw: RawOllama): Payload {
  const unit = raw.unit instanceof AppError ? undefined : raw.unit;
  const { server } = raw;
  switch (server.kind) {
    case "found":
      return runningPayload(raw, server, unit);
    case "unknown":
      if (unit === undefined) throw server.error;
      return idlePayload(idleServer(unit, undefined, raw.isUnitEnabled), server.error);
    case "none":
      if (raw.unit instanceof AppError) throw raw.unit;
      return stoppedPayload(unit, raw.isUnitEnabled, server.isFresh);
  }
}

/** What is on the disk of a server that does not run is not known; in memory there is nothing. */
function stoppedPayload(unit: RawServerUnit | undefined, isEnabled: boolean | undefined, isFresh: boolean): Payload {
  return {
    subjects: [
      unit === undefined ? absentSubject("ollama_server", "") : idleServer(unit, false, isEnabled).subject,
      absentSubject("ollama_endpoint", ""),
    ],
    lists: [
      unit === undefined ? completeList("ollama_model") : incompleteList("ollama_model", notRunning(unit)),
      completeList("ollama_loaded_model"),
    ],
    samples: [],
    carried: isFresh ? [] : [{ kind: "ollama_endpoint", id: "" }],
  };
}

function notRunning({ name }: RawServerUnit): AppError {
  return new AppError("PEER_UNREACHABLE", `${name} does not run, and only a running server tells its models`);
}

function idlePayload(section: Section, error: AppError): Payload {
  const endpoint = sectionOf("ollama_endpoint", "", () => {
    throw error;
  });
  const lists = (["ollama_model", "ollama_loaded_model"] as const).map((kind) => incompleteList(kind, error));
  return { subjects: [section.subject, endpoint.subject], lists, samples: [] };
}

function runningPayload(raw: RawOllama, server: RawServer, unit: RawServerUnit | undefined): Payload {
  const answers = server.answers ?? nowhere(unreachableBecause(server, unit));
  const shows = showsByDigest(answers);
  const models = listOf("ollama_model", answers.tags, "for its models", (element) => {
    const digest = digestOf(element);
    return { value: modelValue(element, shows.get(digest), raw.known.get(digest)) };
  });
  const loaded = listOf("ollama_loaded_model", answers.ps, "for its loaded models", (element) => ({
    value: loadedModelValue(element, raw.nowMs),
  }));
  const sections = [runningServer(server, unit), endpointSection(server, unit), ...models.sections, ...loaded.sections];
  return { subjects: sections.map(({ subject }) => subject), lists: [models.list, loaded.list], samples: [] };
}

/** The answers of a server that cannot be asked from here. */
function nowhere(reason: AppError | undefined): ServerAnswers {
  const answer = reason ?? new AppError("PEER_UNREACHABLE", "there is no address at which Ollama can be asked from here");
  return { version: answer, tags: answer, ps: answer, shows: new Map() };
}

function listOf<Kind extends "ollama_model" | "ollama_loaded_model">(
  kind: Kind,
  answer: Answer,
  what: string,
  interpret: (element: unknown) => Finding<Kind>,
): { readonly sections: readonly Section[]; readonly list: SubjectList } {
  try {
    const { elements, incompleteBecause } = namedModels(answer, what);
    const sections = [...elements].map(([name, element]) => sectionOf(kind, name, () => interpret(element)));
    return { sections, list: incompleteBecause === undefined ? completeList(kind) : incompleteList(kind, incompleteBecause) };
  } catch (thrown) {
    return { sections: [], list: incompleteList(kind, AppError.from(thrown)) };
  }
}

/** Undefined where there is none by this name. */
async function unitNamed(host: Host, name: string): Promise<RawServerUnit | undefined | AppError> {
  try {
    return await readServerUnit(host, name);
  } catch (thrown) {
    return AppError.from(thrown, "HOST_READ_FAILED");
  }
}

function knownDetails(past: Past | undefined): KnownDetails {
  const models = past?.readings("ollama_model").flatMap(({ value }) => (value.case === "ollamaModel" ? [value.value] : [])) ?? [];
  return new Map(models.filter(({ digest }) => digest !== "").map((model) => [model.digest, model]));
}
