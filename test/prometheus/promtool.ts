/** The real promtool, built from Prometheus' Go module without its service discoveries: two minutes of two cores where it was not built before. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { builtGoProgram, goOutput } from "../support/go-program.ts";
import { findTool } from "../vm/tool.ts";

const moduleFolder = join(import.meta.dirname, "program");
const packagePath = "github.com/prometheus/prometheus/cmd/promtool";
const flags = ["-tags", "remove_all_sd", "-ldflags", "-s -w"];

/** Time for `beforeAll` where nothing was built before. */
export const promtoolBuildLimitMs: number = 15 * 60_000;

/** Why there is no promtool here; undefined where there is one, or where one can be built. */
export async function missingForPromtool(): Promise<string | undefined> {
  if (findTool("go") === undefined) return "not installed: go";
  try {
    await goOutput(["list", "-deps", "-tags", "remove_all_sd", packagePath], moduleFolder);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Where the program lies. */
export async function promtoolProgram(): Promise<string> {
  return await builtGoProgram({ name: "promtool", moduleFolder, package: packagePath, flags });
}

/** Runs it in a folder; what it says, and whether it was content. */
export async function promtool(
  folder: string,
  argv: readonly string[],
  input = "",
): Promise<{ readonly isContent: boolean; readonly said: string }> {
  const program = await promtoolProgram();
  return await new Promise((resolve) => {
    const child = execFile(program, argv, { cwd: folder, maxBuffer: 64 << 20, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ isContent: error === null, said: `${stdout}${stderr}` });
    });
    child.stdin?.end(input);
  });
}
