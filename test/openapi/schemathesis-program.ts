/** schemathesis, which asks the API for what its document promises: in a folder of its own outside of the repository (test/vm/cache.ts), of pinned versions. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedFolder, cachedFolders, contentKey } from "../vm/cache.ts";
import { findTool } from "../vm/tool.ts";

const run = promisify(execFile);
const requirements = join(import.meta.dirname, "requirements.txt");
const kind = "schemathesis";
/** A download of some MB. */
const installTimeoutMs = 120_000;

/** Why it is not there and cannot be; undefined where it is or can be made. */
export async function missingForSchemathesis(): Promise<string | undefined> {
  const python = findTool("python3");
  if (python === undefined) return "not installed: python3";
  try {
    await run(python, ["-c", "import venv, ensurepip"]);
    return undefined;
  } catch {
    return "not installed: python3-venv";
  }
}

/** Whether it was made already: a test does not download. */
export async function isSchemathesisMade(): Promise<boolean> {
  const key = await keyOf();
  return (await cachedFolders(kind)).some((folder) => folder.endsWith(key));
}

/** Where the program lies; made where it is not there. Throws what pip says. */
export async function schemathesisProgram(): Promise<string> {
  const folder = await cachedFolder(kind, await keyOf(), async (unfinished) => {
    const python = findTool("python3") ?? "python3";
    await run(python, ["-m", "venv", unfinished]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
    await run(join(unfinished, "bin/python"), pip, { timeout: installTimeoutMs });
  });
  // Its own launcher names the folder in which it was made; Python does not mind where it is.
  return join(folder, "bin/python");
}

async function keyOf(): Promise<string> {
  const python = findTool("python3") ?? "python3";
  const { stdout } = await run(python, ["--version"]);
  return await contentKey([stdout.trim(), await readFile(requirements, "utf8")], []);
}
