/**
 * `kubectl nodekeeper`: the plugin, with a kubectl that writes down how it was called and then, as the pod would, runs the real command line against
 * a real API. Where there is a real kubectl, it is asked whether it finds the plugin.
 */
import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AllDoors, openAllDoors } from "../api-access/all-doors.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const plugin = repositoryPath("deploy/kubectl-nodekeeper");
const cli = repositoryPath("packages/cli/src/main.ts");
const systemPath = "/usr/bin:/bin";

let doors: AllDoors;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  doors = await openAllDoors();
  const kubectl = join(folder.path, "kubectl");
  await writeFile(
    kubectl,
    [
      `#!${process.execPath}`,
      'const { writeFileSync } = require("node:fs");',
      'const { spawnSync } = require("node:child_process");',
      "const args = process.argv.slice(2);",
      `writeFileSync(${JSON.stringify(join(folder.path, "called"))}, JSON.stringify(args));`,
      'const [program, ...rest] = args.slice(args.indexOf("--") + 1);',
      'if (program !== "nodekeeper") process.exit(126);',
      `const env = { NODEKEEPER_CLI_SOCKET: ${JSON.stringify(doors.socketPath)} };`,
      `const { status } = spawnSync(process.execPath, [${JSON.stringify(cli)}, ...rest], { stdio: "inherit", env });`,
      "process.exit(status ?? 1);",
    ].join("\n"),
  );
  await chmod(kubectl, 0o755);
});

afterEach(async () => {
  await doors[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const environment = { PATH: [folder.path, systemPath].join(delimiter), ...env };
  const ended = promisify(execFile)(plugin, args, { env: environment }).then(
    ({ stdout, stderr }) => ({ exitCode: 0, out: stdout, error: stderr }),
    ({ code, stdout, stderr }) => ({ exitCode: code, out: stdout, error: stderr }),
  );
  return { ...(await ended), called: await readFile(join(folder.path, "called"), "utf8").then(JSON.parse, () => undefined) };
}

const target = ["statefulset/nodekeeper-collector", "--", "nodekeeper"];

describe("kubectl nodekeeper", () => {
  it("runs the command in the collector's pod, with its own rights, output and exit code", async () => {
    const { called, out, exitCode } = await run(["whoami"]);
    const missing = await run(["node", "nekko"]);

    expect(called).toEqual(["exec", "-i", "--namespace", "nodekeeper", ...target, "whoami"]);
    expect(out).toContain("by the admin socket");
    expect(exitCode).toBe(0);
    expect(missing).toMatchObject({ exitCode: 66, error: expect.stringContaining('did you mean "neko"?') });
  });

  it("takes kubectl's options before the command, and leaves what comes after to the command", async () => {
    const { called } = await run(["--context", "home", "--kubeconfig=/my files/config", "-n", "keeper", "plan", "-n", "--all"]);

    expect(called).toEqual([
      ...["--context", "home", "--kubeconfig", "/my files/config", "exec", "-i", "--namespace", "keeper"],
      ...target,
      ...["plan", "-n", "--all"],
    ]);
  });

  it("changes nothing of an argument, whatever is in it", async () => {
    const odd = ["override", "neko", "a=$(id) `id` \"'\\ *\n", "--for", "3d", "--reason", "until  Friday", ""];

    expect((await run(odd)).called.slice(-odd.length)).toEqual(odd);
  });

  it("looks in the namespace that a variable names, unless an option does", async () => {
    const env = { NODEKEEPER_NAMESPACE: "keeper" };

    expect((await run(["nodes"], env)).called).toEqual(["exec", "-i", "--namespace", "keeper", ...target, "nodes"]);
    expect((await run(["--namespace=other", "nodes"], env)).called.slice(0, 4)).toEqual(["exec", "-i", "--namespace", "other"]);
  });

  it.each([
    { args: ["--context"], says: "--context needs a value" },
    { args: ["--namespace", ""], says: "--namespace needs a value" },
    { args: ["--cluster", "home", "nodes"], says: "--cluster stands before the command and is not known there" },
  ])("refuses $args before it asks anybody", async ({ args, says }) => {
    const { exitCode, error, called } = await run(args);

    expect(exitCode).toBe(64);
    expect(error).toContain(`kubectl nodekeeper: ${says}`);
    expect(called).toBeUndefined();
  });

  it("is found by a real kubectl, where there is one", async ({ skip }) => {
    const env = { PATH: [repositoryPath("deploy"), systemPath].join(delimiter), HOME: folder.path };
    const kubectl = await promisify(execFile)("kubectl", ["nodekeeper", "--help"], { env }).catch((thrown) => {
      if (thrown.code === "ENOENT") return skip("no kubectl on this machine");
      throw thrown;
    });

    expect(kubectl.stdout).toMatch(/^usage: kubectl nodekeeper/);
  });
});
