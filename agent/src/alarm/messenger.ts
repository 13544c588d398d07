/**
 * Tells people over HTTP. A topic of ntfy remembers what was told in it, so that one machine of many is enough; a webhook remembers nothing.
 * Sources: docs.ntfy.sh/publish, docs.ntfy.sh/subscribe/api (poll=1, since=, one JSON object a line).
 */
import { AppError, type Clock, createDeadline, isFields, systemErrorCode, textAt } from "@nodekeeper/shared";
import type { AlarmKind } from "./alarm-config.ts";
import type { AlarmTarget } from "./alarm-target.ts";

/** What is told: that no collector is there, or that it is back. */
export type Word = "gone" | "back";

/** Somebody who tells. */
export interface Messenger {
  /** Throws PEER_REFUSED or PEER_UNREACHABLE when it could not be told; neither quotes an address. */
  tell(word: Word, told: { readonly node: string; readonly title: string; readonly text: string }): Promise<void>;
  /** When any machine told this word since then (ms since 1970), the latest; undefined: none did, or nobody can know. Throws as `tell`. */
  toldAtMs(word: Word, sinceMs: number): Promise<number | undefined>;
}

const patienceMs = 15_000;
/** Of an answer so much is read. */
const maximumAnswerBytes = 256 * 1024;
/** Tags of ntfy, by which other machines know the word again. */
const tags: Readonly<Record<Word, string>> = { gone: "nodekeeper-collector-gone", back: "nodekeeper-collector-back" };
const looks: Readonly<Record<Word, { readonly emoji: string; readonly priority: string }>> = {
  gone: { emoji: "rotating_light", priority: "5" },
  back: { emoji: "white_check_mark", priority: "3" },
};

/** Makes one; `target` is asked each time, since its file may change. */
export function createMessenger(kind: AlarmKind, target: () => AlarmTarget, clock: Clock, signal: AbortSignal): Messenger {
  async function ask(suffix: string, search: string, init: RequestInit): Promise<Answer> {
    const { url, authorization } = target();
    const whole = new URL(url);
    whole.pathname = whole.pathname.replace(/\/$/, "") + suffix;
    if (search !== "") whole.search = search;
    using deadline = createDeadline(clock, patienceMs, signal, new AppError("PEER_UNREACHABLE", "it does not answer in time"));
    const headers = { ...init.headers, ...(authorization === undefined ? {} : { authorization }) };
    try {
      // A redirection would carry the token to somebody else.
      const response = await fetch(whole, { ...init, headers, redirect: "error", signal: deadline.signal });
      return { isOk: response.ok, status: response.status, text: await readSome(response) };
    } catch (thrown) {
      const why = deadline.signal.aborted ? "it does not answer in time" : reasonOf(thrown);
      throw new AppError("PEER_UNREACHABLE", `nobody could be told: ${why}`);
    }
  }

  async function tell(word: Word, { node, title, text }: Parameters<Messenger["tell"]>[1]): Promise<void> {
    const { emoji, priority } = looks[word];
    const answer =
      kind === "ntfy"
        ? await ask("", "", { method: "POST", body: text, headers: { title, priority, tags: `${emoji},${tags[word]}` } })
        : await ask("", "", {
            method: "POST",
            body: JSON.stringify({ event: `collector-${word}`, node, title, text }),
            headers: { "content-type": "application/json" },
          });
    if (!answer.isOk) throw new AppError("PEER_REFUSED", `nobody could be told: it answered ${answer.status}`);
  }

  async function toldAtMs(word: Word, sinceMs: number): Promise<number | undefined> {
    if (kind !== "ntfy") return undefined;
    const answer = await ask("/json", `?poll=1&since=${Math.floor(sinceMs / 1000)}`, { method: "GET" });
    // A token that may only write: then nobody can know.
    if (!answer.isOk) return undefined;
    const times = answer.text.split("\n").flatMap((line) => timeOf(line, word));
    return times.length === 0 ? undefined : Math.max(...times);
  }

  return { tell, toldAtMs };
}

interface Answer {
  readonly isOk: boolean;
  readonly status: number;
  readonly text: string;
}

/** The time of a message with the word's tag. What is no message, or cut off, is none. */
function timeOf(line: string, word: Word): readonly number[] {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return []; // an empty line, or one that was cut
  }
  if (!isFields(message) || textAt(message, "event") !== "message") return [];
  const { tags: given, time } = message;
  return Array.isArray(given) && given.includes(tags[word]) && typeof time === "number" ? [time * 1000] : [];
}

async function readSome(response: Response): Promise<string> {
  let bytes = 0;
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    bytes += piece.byteLength;
    if (bytes > maximumAnswerBytes) break;
  }
  return Buffer.concat(pieces).toString("utf8", 0, maximumAnswerBytes);
}

/** fetch hides the reason in the cause; an address may stand in its message, so that only the system's word is taken. */
function reasonOf(thrown: unknown): string {
  return systemErrorCode(thrown instanceof Error ? thrown.cause : undefined) ?? "the connection broke";
}
