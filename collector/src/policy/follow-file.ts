/**
 * Settings in a file that is followed. A file that is wrong when it is opened is refused; one that becomes wrong, empty or goes away later leaves what was
 * in force before, and says so.
 */
import { AppError, type Clock, createListeners, type Logger, renderProblems, runEvery } from "@nodekeeper/shared";
import { readPolicyText } from "./read-policy-text.ts";

/** What came of reading a text. */
export type Understood<Settings> =
  | { readonly kind: "good"; readonly settings: Settings }
  /** "file.yaml:12:9: …", in the order of the file. */
  | { readonly kind: "bad"; readonly problems: readonly string[] };

/** What it needs. */
export interface FollowFileOptions<Settings> {
  readonly file: string;
  /** What it is called in messages: "the policy". */
  readonly what: string;
  readonly understand: (text: string) => Understood<Settings>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What the file says. Disposing it ends the following. */
export interface FollowedFile<Settings> extends AsyncDisposable {
  readonly current: Settings;
  /** Why the file as it is now is not in force, all of it at once; empty while it is. */
  problems(): readonly string[];
  onChanged(listener: () => void): Disposable;
}

/** The file is read again so often: a ConfigMap is changed by swapping links, of which nothing that watches a file hears reliably. */
const pollMs = 2_000;

/** Opens it; throws CONFIG_INVALID with every problem. */
export async function followFile<Settings>(options: FollowFileOptions<Settings>): Promise<FollowedFile<Settings>> {
  const { file, what, clock, random, logger } = options;
  const first = await look();
  const start = understand(first);
  if (start.kind === "bad") {
    throw new AppError("CONFIG_INVALID", renderProblems(start.problems), { context: { problems: start.problems } });
  }
  const listeners = createListeners<void>();
  const ending = new AbortController();
  let current = start.settings;
  let inForce = first.text;
  let problems: readonly string[] = [];
  /** As it was found the last time, and the last that was understood or found wrong. */
  let seen = first;
  let judged = first;

  const timing = { clock, random, signal: ending.signal, intervalMs: () => pollMs, firstDelayMs: pollMs };
  const following = runEvery(timing, follow);
  return {
    get current() {
      return current;
    },
    problems: () => problems,
    onChanged: (listener) => listeners.add(listener),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await following;
    },
  };

  /** Somebody may be writing it: a change counts when it is there twice. */
  async function follow(): Promise<void> {
    const found = await look();
    const isSettled = isSame(found, seen);
    seen = found;
    if (!isSettled || isSame(found, judged)) return;
    judged = found;
    const read = found.text === inForce ? undefined : understand(found);
    tellProblems(read?.kind === "bad" ? read.problems : []);
    if (read?.kind !== "good") return;
    current = read.settings;
    inForce = found.text;
    logger.info({ file, what }, "a file of settings was changed");
    listeners.tell();
  }

  function tellProblems(found: readonly string[]): void {
    problems = found;
    if (found.length > 0)
      logger.warn({ file, what, problems: found }, "a file of settings is wrong, the one before stays in force");
  }

  async function look(): Promise<Found> {
    try {
      return { text: await readPolicyText(file, what), problem: "" };
    } catch (thrown) {
      return { text: undefined, problem: AppError.from(thrown).message };
    }
  }

  function understand({ text, problem }: Found): Understood<Settings> {
    return text === undefined ? { kind: "bad", problems: [problem] } : options.understand(text);
  }
}

/** What lies there: a text, or why it cannot be read. */
interface Found {
  readonly text: string | undefined;
  readonly problem: string;
}

function isSame(a: Found, b: Found): boolean {
  return a.text === b.text && a.problem === b.problem;
}
