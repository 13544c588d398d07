/**
 * A host whose NVIDIA driver is the stand-in library (stand-in.c): a folder with the library where Debian has it, compiled once for all tests. What
 * it answers is said by a scenario, and may be changed between two readings.
 */
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nvmlLibraries } from "../../agent/src/host/commands.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { cachedFolder, contentKey } from "../vm/cache.ts";
import { findTool, runTool } from "../vm/tool.ts";

/** Answers by "FUNCTION" or "FUNCTION:ARGUMENT" of nvml.h; stand-in.c says what they may be. */
export type Answers = Readonly<Record<string, string | number>>;

/** What the library says. A function of a GPU that is not named is not supported there. */
export interface Scenario {
  /** Of the library as a whole. */
  readonly library?: Answers;
  /** By address, e.g. "0000:01:00.0"; "0000:01:00.0/0" is its first MIG instance. */
  readonly gpus: Readonly<Record<string, Answers>>;
}

/** A folder that a host can be opened at. */
export interface StandInHost extends AsyncDisposable {
  readonly root: string;
  /** Of the library, as a host path. */
  readonly library: string;
  play(scenario: Scenario): Promise<void>;
  /** Each nvmlInit_v2 and nvmlShutdown, and "gpu ADDRESS" for each GPU that was asked for, in order. */
  readings(): readonly string[];
}

/** A kind of machine, or of driver. */
export interface StandInOptions {
  readonly compiler?: string;
  /** A driver of 2016. */
  readonly isOld?: boolean;
}

/** Why there can be no stand-in here; undefined where it can. */
export function missingForStandIn(compiler = "gcc"): string | undefined {
  return findTool(compiler) === undefined ? `not installed: ${compiler}` : undefined;
}

/** Makes one; disposing removes it. Its /proc says that it is the first of all, and that we are in it. */
export async function standInHost(scenario: Scenario, options: StandInOptions = {}): Promise<StandInHost> {
  const folder = await temporaryFolder();
  const library = nvmlLibraries[0] ?? "";
  const place = join(folder.path, library);
  const beside = (name: string): string => join(dirname(place), name);
  await mkdir(dirname(place), { recursive: true });
  await cp(await compiled(options), place);
  await chmod(place, 0o644);
  await writeProc(folder.path, "NSpid:\t4711\n", `2 (kthreadd) S 0 0 0 0 -1 ${kernelThread} 0 0\n`);
  const play = (next: Scenario): Promise<void> => writeFile(beside("scenario"), textOf(next));
  await play(scenario);
  return {
    root: folder.path,
    library,
    play,
    readings: () => linesOf(beside("readings")),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** What the host's /proc says of ourselves and of the process 2. */
export async function writeProc(root: string, ownStatus: string, secondStat: string): Promise<void> {
  await mkdir(join(root, "proc/self"), { recursive: true });
  await mkdir(join(root, "proc/2"), { recursive: true });
  await writeFile(join(root, "proc/self/status"), `Name:\tnode\n${ownStatus}`);
  await writeFile(join(root, "proc/2/stat"), secondStat);
}

/** The flags of a kernel thread, as of kthreadd. */
const kernelThread = 2_129_984;

async function compiled({ compiler = "gcc", isOld = false }: StandInOptions): Promise<string> {
  const source = join(import.meta.dirname, "stand-in.c");
  const key = await contentKey([compiler, String(isOld)], [source]);
  const folder = await cachedFolder("nvml-stand-in", key, async (place) => {
    const flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", ...(isOld ? ["-DOLD_DRIVER"] : [])];
    await runTool(compiler, [...flags, "-o", join(place, "libnvidia-ml.so.1"), source]);
  });
  return join(folder, "libnvidia-ml.so.1");
}

function textOf({ library = {}, gpus }: Scenario): string {
  const answers = (of: Answers): string =>
    Object.entries(of)
      .map(([name, value]) => `${name} ${value}\n`)
      .join("");
  const parts = Object.entries(gpus).map(([address, of]) => `gpu ${address}\n${answers(of)}`);
  return `\n${answers(library)}${parts.join("")}`;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch {
    return []; // nobody has asked it anything
  }
}
