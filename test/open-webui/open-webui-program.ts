/**
 * Open WebUI from its Python package, in a folder of its own outside of the repository (test/vm/cache.ts), of pinned versions: what its authors call
 * slim, which leaves the models' own libraries out. Beside it a folder of data whose tables are made and which has an admin: to make them takes
 * longer than anything else of a start.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedFolder, cachedFolders, contentKey } from "../vm/cache.ts";
import { findTool } from "../vm/tool.ts";
import { runOpenWebUi } from "./run-open-webui.ts";

/** Where everything lies. */
export interface OpenWebUiProgram {
  readonly python: string;
  /** Data to be copied for each start. */
  readonly template: string;
}

/** The version that is tested. */
export const openWebUiVersion = "0.12.4";

const run = promisify(execFile);
const requirements = join(import.meta.dirname, "requirements.txt");
const kinds = { program: "open-webui", data: "open-webui-data" } as const;
/** Quicker than pip by far, which takes two minutes. */
const installer = "uv==0.13.9";
const installTimeoutMs = 400_000;

/** Why it is not there and cannot be; undefined where it is or can be made. */
export async function missingForOpenWebUi(): Promise<string | undefined> {
  const python = findTool("python3");
  if (python === undefined) return "not installed: python3";
  const { stdout } = await run(python, ["-c", "import sys; print(sys.version_info.minor)"]);
  const minor = Number(stdout);
  if (minor !== 11 && minor !== 12) return `Open WebUI ${openWebUiVersion} needs Python 3.11 or 3.12, and python3 is 3.${minor}`;
  try {
    await run(python, ["-c", "import venv, ensurepip"]);
    return undefined;
  } catch {
    return "not installed: python3-venv";
  }
}

/** Whether it was installed already: a test does not download. */
export async function isOpenWebUiMade(): Promise<boolean> {
  const { program } = await keysOf();
  return (await cachedFolders(kinds.program)).some((folder) => folder.endsWith(program));
}

/** Where it lies; made where it is not there: some twenty seconds, and as long again for the data. Throws what the installer says. */
export async function openWebUiProgram(): Promise<OpenWebUiProgram> {
  const keys = await keysOf();
  const folder = await cachedFolder(kinds.program, keys.program, install);
  const python = join(folder, "bin/python");
  const template = await cachedFolder(kinds.data, keys.data, async (unfinished) => {
    await using _server = await runOpenWebUi({ python, folder: unfinished });
  });
  return { python, template };
}

async function install(folder: string): Promise<void> {
  await run(findTool("python3") ?? "python3", ["-m", "venv", folder]);
  const python = join(folder, "bin/python");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await run(python, [...pip, installer], { timeout: installTimeoutMs });
  const packages = [
    ["--requirement", requirements],
    ["--no-deps", `open-webui==${openWebUiVersion}`],
  ];
  for (const each of packages) {
    const quick = ["-m", "uv", "pip", "install", "--quiet", "--no-cache", "--python", python, ...each];
    // Where packages come from is told to pip in ways that the other does not know.
    await run(python, quick, { timeout: installTimeoutMs }).catch(() =>
      run(python, [...pip, ...each], { timeout: installTimeoutMs }),
    );
  }
}

async function keysOf(): Promise<Readonly<Record<keyof typeof kinds, string>>> {
  const { stdout } = await run(findTool("python3") ?? "python3", ["--version"]);
  const packages = [stdout.trim(), openWebUiVersion, installer, await readFile(requirements, "utf8")];
  const howItIsRun = await readFile(join(import.meta.dirname, "run-open-webui.ts"), "utf8");
  return { program: await contentKey(packages, []), data: await contentKey([...packages, howItIsRun], []) };
}
