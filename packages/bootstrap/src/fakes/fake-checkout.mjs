/** A checkout in a temporary folder: this package's real code around a fake pnpm, a fake collector and a fake agent. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { thisPlatform } from "../prepare/platform.mjs";
import { toolchainKey } from "../prepare/toolchain.mjs";
import { identifyProcess, isAlive } from "../process-identity.mjs";

/** @import { Runtime } from "./runtimes.mjs" */

/**
 * @typedef {object} FakeCheckout
 * @property {string} root
 * @property {Runtime} runtime
 * @property {() => readonly string[]} events what pnpm and the services noted, in order
 * @property {(script: string, args: readonly string[], options?: RunOptions) => Run} run an entry script with the checkout's runtime
 * @property {(command: string, args: readonly string[], options?: RunOptions) => Run} runProgram
 * @property {() => void} remove
 */

/**
 * @typedef {object} RunOptions
 * @property {Readonly<Record<string, string>>} [env]
 * @property {string} [preload] code that runs first in Node
 */

/**
 * @typedef {object} Run
 * @property {number} pid also of its process group
 * @property {() => string} output stdout and stderr so far
 * @property {(text: string) => Promise<void>} shows settles when the output contains the text; rejects if it ends without
 * @property {() => void} hangUp closes our end of its output, as a closing terminal does
 * @property {Promise<number | null>} exitCode null if a signal ended it
 */

const bootstrap = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * @param {Runtime} runtime that runs the scripts
 * @returns {FakeCheckout}
 */
export function createFakeCheckout(runtime) {
  const temporary = mkdtempSync(join(tmpdir(), "nodekeeper checkout "));
  chmodSync(temporary, 0o755);
  const root = join(temporary, "root");
  const events = join(temporary, "events");
  writeFileSync(events, "");
  writeWorkspace(root);
  writeToolchain(root);

  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {RunOptions} [options]
   */
  function runProgram(command, args, { env = {} } = {}) {
    const path = `${dirname(runtime.path)}:${process.env["PATH"]}`;
    const home = join(temporary, "home");
    return startRun(command, args, root, {
      PATH: path,
      HOME: home,
      FAKE_EVENTS: events,
      npm_config_globalconfig: "/dev/null",
      ...env,
    });
  }

  return {
    root,
    runtime,
    events: () => readFileSync(events, "utf8").split("\n").slice(0, -1),
    runProgram,
    run(script, args, options = {}) {
      const preload =
        options.preload === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(options.preload)}`];
      return runProgram(runtime.path, [...preload, join(root, "packages/bootstrap/src", script), ...args], options);
    },
    remove() {
      chmodSync(root, 0o755); // a test may have made it read-only
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/**
 * The first of three ports that are free now.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000); // below the range that the kernel gives out
    const taken = await Promise.all([first, first + 1, first + 2].map(isTaken));
    if (!taken.includes(true)) return first;
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isTaken(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(false)));
  });
}

/** @param {string} root */
function writeWorkspace(root) {
  const dependencies = { dependencies: { pino: "10.4.0" } };
  const manifests = {
    ".": { scripts: { start: "exec node packages/bootstrap/src/start.mjs" } },
    agent: dependencies,
    collector: dependencies,
  };
  for (const folder of ["agent/src", "collector/src", "packages/cli", "packages/dashboard"])
    mkdirSync(join(root, folder), { recursive: true });
  for (const [folder, manifest] of Object.entries(manifests))
    writeFileSync(join(root, folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(root, "agent/src/main.ts"), "run();\n");
  writeFileSync(
    join(root, "pnpm-workspace.yaml"),
    "packages:\n  - agent\n  - collector\n  - packages/*\n\ncatalog:\n  pino: 10.4.0\n",
  );
  writeFileSync(join(root, "pnpm-lock.yaml"), "lockfileVersion: '9.0'\n");
  cpSync(join(bootstrap, "src"), join(root, "packages/bootstrap/src"), {
    recursive: true,
    filter: (path) => !path.endsWith(".test.mjs"),
  });
  mkdirSync(join(root, "packages/bootstrap/toolchain"));
  for (const name of ["package.json", "package-lock.json"]) {
    copyFileSync(join(bootstrap, "toolchain", name), join(root, "packages/bootstrap/toolchain", name));
  }
}

/**
 * What `npm ci` would leave in the toolchain's folder, with the fake pnpm.
 *
 * @param {string} root
 */
function writeToolchain(root) {
  const toolchain = join(root, "packages/bootstrap/toolchain");
  const node = join(toolchain, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  const pnpm = join(toolchain, "node_modules/pnpm/bin");
  for (const folder of [dirname(node), pnpm]) mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, node);
  copyFileSync(join(bootstrap, "src/fakes/fake-pnpm.cjs"), join(pnpm, "pnpm.cjs"));
  copyFileSync(join(bootstrap, "src/fakes/fake-service.cjs"), join(pnpm, "fake-service.cjs"));
  const checkout = { root, toolchain, stamps: "" };
  const key = toolchainKey(checkout, thisPlatform(checkout));
  writeFileSync(join(toolchain, "node_modules/.nodekeeper-stamp"), `${key}\n`);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} env
 * @returns {Run}
 */
function startRun(command, args, cwd, env) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  /** @type {Promise<number | null>} */
  const exitCode = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exitCode,
    hangUp() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    shows: (text) =>
      new Promise((resolve, reject) => {
        const check = () => (output.includes(text) ? resolve() : undefined);
        for (const stream of [child.stdout, child.stderr]) stream.on("data", check);
        exitCode.then(() => reject(new Error(`ended without showing "${text}":\n${output}`)), reject);
        check();
      }),
  };
}

/**
 * @param {readonly string[]} events of a fake checkout
 * @returns {readonly number[]} the services that still run
 */
export function runningServices(events) {
  const pids = events.flatMap((event) => /^\w+ started (\d+)/.exec(event)?.[1] ?? []).map(Number);
  return pids.filter((pid) => isAlive(identifyProcess(pid)));
}
