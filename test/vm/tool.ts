/** Runs a tool of the host by its absolute path, with an argv and no shell, and says in words what it printed when it fails. */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool that hangs must not hold up the tests for ever; the slowest (unpacking a kernel) takes seconds. */
const timeoutMs = 120_000;

/** The administrator's folders are not in everybody's PATH, and `mke2fs` or `debugfs` need no privilege for image files. */
const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Absolute path of a tool, undefined when it is not installed. */
export function findTool(name: string): string | undefined {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), ...administratorFolders]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder: look into the next
    }
  }
  return undefined;
}

/** Runs a tool and returns its standard output; throws when it fails or is not installed. */
export async function runTool(name: string, argv: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  const result = await tryTool(name, argv, options);
  if (result.exitCode !== 0) {
    throw new Error(`${name} ${argv.join(" ")} ended with ${result.exitCode}: ${(result.stderr || result.stdout).trim()}`);
  }
  return result.stdout;
}

/** Runs a tool and returns how it ended, whatever that is; throws only when it is not installed or was killed. */
export async function tryTool(
  name: string,
  argv: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<ToolResult> {
  const path = findTool(name);
  if (path === undefined) {
    throw new Error(`${name} is not installed`);
  }
  return await new Promise((resolve, reject) => {
    execFile(path, argv, { cwd: options.cwd, timeout: timeoutMs, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ exitCode: 0, stdout, stderr });
      } else if (typeof error.code === "number") {
        resolve({ exitCode: error.code, stdout, stderr });
      } else {
        reject(error);
      }
    });
  });
}
