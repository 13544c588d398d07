/** Reads what `strace -f -o` wrote. */

/** One system call that has a path. */
export interface TracedCall {
  /** The program that the calling process was at that time. */
  readonly program: string;
  /** e.g. openat */
  readonly name: string;
  /** Its first path, as it was given; empty where there is none. */
  readonly path: string;
  /** The whole line without the process id. */
  readonly text: string;
}

/**
 * The calls in their order. A call that another one interrupted in the trace is put together again; one that has not ended counts, too. A process is
 * the program that began the trace until it becomes another one.
 */
export function parseTrace(trace: string): readonly TracedCall[] {
  const programs = new Map<string, string>();
  const unfinished = new Map<string, string>();
  const calls: TracedCall[] = [];
  let first: string | undefined;
  const take = (pid: string, text: string): void => {
    const [, name = ""] = /^(\w+)\(/.exec(text) ?? [];
    if (name === "") return;
    const [, path = ""] = /"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
    calls.push({ program: programs.get(pid) ?? first ?? "", name, path, text });
    if (name.startsWith("exec") && / = 0$/.test(text)) {
      programs.set(pid, path);
      // The tracer's own wrapper becomes the traced program: whatever comes later is started by that.
      if (pid === firstPid(trace)) first = path;
    }
  };
  for (const line of trace.split("\n")) {
    const [, pid = "", text = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(text)?.[1];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    if (begun !== undefined) unfinished.set(pid, begun);
    else if (resumed !== undefined) {
      take(pid, (unfinished.get(pid) ?? "") + resumed);
      unfinished.delete(pid);
    } else take(pid, text);
  }
  for (const [pid, text] of unfinished) take(pid, text);
  return calls;
}

/** What a program was started with, without its own name; undefined for a call that starts none. */
export function argumentsIn({ name, text }: TracedCall): readonly string[] | undefined {
  const list = name.startsWith("exec") ? /, \[((?:"(?:[^"\\]|\\.)*"(?:, )?)*)\], \[/.exec(text)?.[1] : undefined;
  return list === undefined
    ? undefined
    : [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].slice(1).map(([, word = ""]) => unescaped(word));
}

/** As strace writes what is not printable: \n, \t, \", \\, and octal numbers. */
function unescaped(word: string): string {
  return word.replaceAll(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (named.get(code) ?? code),
  );
}

const named: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
]);

function firstPid(trace: string): string | undefined {
  return /^(\d+) /.exec(trace)?.[1];
}
