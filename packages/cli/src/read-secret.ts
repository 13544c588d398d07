/** Secrets of a command line: from a file, from standard input, or asked for. They never stand among the arguments, which everybody sees (ps). */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { AppError } from "@nodekeeper/shared";

const standardInput = 0;

/** Reads one. `what` is how it is called, e.g. "join token". Throws CONFIG_INVALID. */
export async function readSecret(what: string, file: string | undefined, signal: AbortSignal): Promise<string> {
  // Not process.stdin.isTTY: to look at it makes a pipe non-blocking, and one whose writer is slow could not be read below.
  if (file === undefined && isSomebodyThere()) return await askFor(what, signal);
  try {
    return readFileSync(file ?? standardInput, "utf8").trim();
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AppError("CONFIG_INVALID", `the ${what} cannot be read: ${why}`, { cause: thrown });
  }
}

/** Asks for a yes. */
export async function askForYes(question: string, signal: AbortSignal): Promise<boolean> {
  process.stderr.write(`${question} [y/N] `);
  return /^y(es)?$/i.test(await nextLine(false, signal));
}

/** Whether somebody could answer. */
export function isSomebodyThere(): boolean {
  return isatty(standardInput);
}

/** Asks whoever sits there; what they type or paste is not shown. */
async function askFor(what: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(`${what.charAt(0).toUpperCase()}${what.slice(1)} (it is not shown): `);
  try {
    return await nextLine(true, signal);
  } finally {
    process.stderr.write("\n");
  }
}

async function nextLine(isHidden: boolean, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, terminal: isHidden });
  try {
    terminal.once("SIGINT", () => terminal.close()); // Ctrl-C
    // Who closes it, as Ctrl-D does, gives nothing: without a look at that the command would end as if all were well.
    const [line = ""]: readonly unknown[] = await Promise.race([
      once(terminal, "line", { signal }),
      once(terminal, "close", { signal }),
    ]);
    return String(line).trim();
  } finally {
    terminal.close();
  }
}
