/**
 * What is asked of an Ollama server. All questions only read: none loads a model, and none puts off when one is unloaded. While it loads or
 * unloads, /api/ps may be silent for ten seconds.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import type { OllamaRequest, ServiceAddress, ServiceAnswer } from "../../../host/services.ts";
import { printable } from "../printable.ts";
import { keepModelDetails } from "./model-details.ts";

/** What came of one question. */
export type Answer = ServiceAnswer | AppError;

/** What a server said. */
export interface ServerAnswers {
  readonly version: Answer;
  readonly tags: Answer;
  readonly ps: Answer;
  /** By the name of the model. */
  readonly shows: ReadonlyMap<string, Answer>;
}

/** How a server is asked. */
export interface Questions {
  readonly places: readonly ServiceAddress[];
  /** The models whose details are wanted, of those that the server has. */
  readonly wanted: (tags: Answer) => readonly string[];
  readonly signal: AbortSignal;
}

/** Asks at the first place that answers; where none does, every answer is why. Never rejects but when the signal aborts. */
export async function askServer(host: Host, { places, wanted, signal }: Questions): Promise<ServerAnswers> {
  const { version, at } = await firstVersion(host, places, signal);
  if (at === undefined) return { version, tags: version, ps: version, shows: new Map() };
  const ask = (request: Question, limits: Limits): Promise<Answer> =>
    askAt(host, { ...request, service: "ollama", at }, limits, signal);
  const startedAtMs = (await host.time()).uptimeMs;
  const shows = new Map<string, Answer>();
  const readModels = async (): Promise<Answer> => {
    const tags = await ask({ question: "tags" }, limits.tags);
    for (const model of wanted(tags)) {
      if ((await host.time()).uptimeMs - startedAtMs > showBudgetMs) break;
      shows.set(model, await ask({ question: "show", model }, limits.show));
    }
    return tags;
  };
  const [tags, ps] = await Promise.all([readModels(), ask({ question: "ps" }, limits.ps)]);
  return { version, tags, ps, shows };
}

/** The error of an answer that is none; undefined for a good one. */
export function refusalIn(answer: Answer, what: string): AppError | undefined {
  if (answer instanceof AppError) return answer;
  if (answer.status === 200) return undefined;
  const said = printable(/"error"\s*:\s*"((?:[^"\\]|\\.){0,200})/.exec(answer.text)?.[1] ?? "");
  return new AppError("PEER_REFUSED", `Ollama answered ${what} with HTTP ${answer.status}${said === "" ? "" : `: ${said}`}`);
}

type Question = { readonly question: "version" | "tags" | "ps" } | { readonly question: "show"; readonly model: string };

interface Limits {
  readonly timeoutMs: number;
  readonly maximumBytes: number;
  readonly keep?: (text: string) => string;
}

/** All together within the probe's own time: first the version, then the longest of the others, or the models one by one. */
const limits = {
  version: { timeoutMs: 2_000, maximumBytes: 64 << 10 },
  tags: { timeoutMs: 10_000, maximumBytes: 8 << 20 },
  ps: { timeoutMs: 11_000, maximumBytes: 1 << 20 },
  show: { timeoutMs: 2_000, maximumBytes: 8 << 20, keep: keepModelDetails },
} as const;

/** No model is begun to be asked for later than this. */
const showBudgetMs = 8_000;
/** For all places together. */
const versionBudgetMs = 3_000;

async function firstVersion(
  host: Host,
  places: readonly ServiceAddress[],
  signal: AbortSignal,
): Promise<{ readonly version: Answer; readonly at?: ServiceAddress }> {
  let version: Answer = new AppError("PEER_UNREACHABLE", "Ollama listens nowhere");
  const startedAtMs = (await host.time()).uptimeMs;
  for (const at of places) {
    const leftMs = versionBudgetMs - ((await host.time()).uptimeMs - startedAtMs);
    if (leftMs <= 0) break;
    const limit = { ...limits.version, timeoutMs: Math.min(limits.version.timeoutMs, leftMs) };
    const answer = await askAt(host, { service: "ollama", question: "version", at }, limit, signal);
    if (!(answer instanceof AppError)) return { version: answer, at };
    version = answer;
  }
  return { version };
}

async function askAt(host: Host, request: OllamaRequest, limit: Limits, signal: AbortSignal): Promise<Answer> {
  try {
    return await host.ask(request, { ...limit, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    return AppError.from(thrown, "PEER_UNREACHABLE");
  }
}
