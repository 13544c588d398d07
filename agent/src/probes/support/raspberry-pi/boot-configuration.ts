/**
 * What config.txt asks of the external PCIe connector. Sources: "Conditional filters" and "PCIe" of Raspberry Pi's documentation, and the
 * README of its overlays: `dtparam=pciex1` (or its other name `nvme`) switches the connector on, `dtparam=pciex1_gen=3` asks for a generation.
 * The firmware reads the file once, when the machine is started: what is said here may still wait for that.
 */

/** What the file says, the last word of each. */
export interface BootConfiguration {
  /** Undefined where it does not say it, or says it for circumstances that only the firmware knows. */
  readonly isPcieOn: boolean | undefined;
  readonly pcieGeneration: number | undefined;
}

/** Files that are included, by the name in `include NAME`; the firmware looks for them beside config.txt. */
export type Includes = ReadonlyMap<string, string>;

/** Names of files that a text includes. */
export function includedNames(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => included(line) ?? []);
}

/** Reads config.txt with what it includes, for the model of a board (revision-code.ts). Filters of an included file end with it. */
export function parseBootConfiguration(text: string, includes: Includes, type: number | undefined): BootConfiguration {
  const said: Said = { on: undefined, generation: undefined };
  readLines(text, { includes, said, tags: tagsOf(type), depth: 0 });
  return { isPcieOn: told(said.on), pcieGeneration: told(said.generation) };
}

/** What was said last: a value, or one that only the firmware can judge. */
type Word<Value> = { readonly value: Value } | "only the firmware knows" | undefined;

interface Said {
  on: Word<boolean>;
  generation: Word<number>;
}

interface Context {
  readonly includes: Includes;
  readonly said: Said;
  readonly tags: ReadonlySet<string>;
  readonly depth: number;
}

/** Filters for models: each kind of filter replaces the one before it of its kind, and `[all]` takes all away. */
const modelTags = /^(?:pi\d{1,3}(?:\+|w)?|pi02|cm\d[a-z]?)$/;
/** By number of the model. A board sees the filters of its family, too: a Compute Module 5 those of a Pi 5. */
const tagsByType: ReadonlyMap<number, readonly string[]> = new Map([
  [0x11, ["pi4"]],
  [0x13, ["pi4", "pi400"]],
  [0x14, ["pi4", "cm4"]],
  [0x15, ["pi4", "cm4s"]],
  [0x17, ["pi5"]],
  [0x18, ["pi5", "cm5"]],
  [0x19, ["pi5", "pi500"]],
  [0x1a, ["pi5", "cm5"]],
]);
const maximumDepth = 4;

function tagsOf(type: number | undefined): ReadonlySet<string> {
  return new Set(tagsByType.get(type ?? -1));
}

function readLines(text: string, context: Context): void {
  let isModel = true;
  let isCertain = true;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const filter = /^\[([^\]]*)\]/.exec(line)?.[1]?.trim().toLowerCase();
    if (filter !== undefined) {
      if (filter === "all") isModel = isCertain = true;
      else if (filter === "none") isModel = false;
      else if (modelTags.test(filter)) isModel = context.tags.has(filter);
      else isCertain = false; // a serial number, a screen, a pin, a trial boot
      continue;
    }
    if (!isModel || line.startsWith("#")) continue;
    const name = included(line);
    const inside = name === undefined ? undefined : context.includes.get(name);
    if (inside !== undefined && context.depth < maximumDepth) readLines(inside, { ...context, depth: context.depth + 1 });
    const parameters = /^dtparam=(.*)$/.exec(line)?.[1] ?? "";
    for (const parameter of parameters.split(",")) note(parameter, isCertain, context.said);
  }
}

function note(parameter: string, isCertain: boolean, said: Said): void {
  const [name = "", value] = parameter.split("=", 2).map((part) => part.trim().toLowerCase());
  if (name === "pciex1" || name === "nvme") {
    const on = value === undefined || ["on", "yes", "true", "okay", "1", "y"].includes(value);
    said.on = isCertain ? { value: on } : "only the firmware knows";
  }
  if (name === "pciex1_gen" && /^[1-3]$/.test(value ?? "")) {
    said.generation = isCertain ? { value: Number(value) } : "only the firmware knows";
  }
}

function told<Value>(word: Word<Value>): Value | undefined {
  return typeof word === "object" ? word.value : undefined;
}

/** Names of files only: the firmware's filesystem has no way up that a probe would follow. */
function included(line: string): string | undefined {
  return /^\s*include\s+([\w][\w.-]{0,63})\s*$/.exec(line)?.[1];
}
