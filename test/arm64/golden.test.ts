/**
 * The same on a Raspberry Pi's processor as on this one: probes, agent and collector, native modules included, under emulation of arm64. What is read
 * is a recorded Raspberry Pi 5.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probes } from "../../agent/src/probes/index.ts";
import { agentBundle } from "../durability/agent-process.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { createProgram } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts, missingBundles, repositoryPath } from "../e2e/installation.ts";
import { arm64Emulation, type Emulation } from "./emulation.ts";

const found = missingBundles() ?? (await arm64Emulation());
const missing = typeof found === "string" ? found : undefined;
const here: Emulation = { node: [process.execPath], env: { PATH: "/usr/bin:/bin" } };
const arm64 = typeof found === "string" ? here : found;
const bobcat = repositoryPath("test/fixtures/hosts/bobcat");
const nodeName = "bobcat";
/** Emulated, a collector and an agent take some seconds to start on a machine that does something else, too. */
const startMs = 90_000;

describe.skipIf(missing !== undefined)(`on arm64${missing === undefined ? "" : ` (${missing})`}`, { timeout: 90_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-arm64-"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  function run({ node: [command, ...argv], env }: Emulation, ...args: string[]): string {
    return execFileSync(command, [...argv, ...args], { env, encoding: "utf8", maxBuffer: 64 << 20 });
  }

  it("Node says that it is", () => {
    expect(run(arm64, "-p", "process.arch + ' ' + process.version").trim()).toBe(`arm64 ${process.version}`);
  });

  it("all probes give byte for byte the report that they give here, which is the one expected", {
    timeout: startMs,
  }, async () => {
    const program = join(folder, "print-report.mjs");
    await build({
      entryPoints: [join(import.meta.dirname, "print-report.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      target: "node24",
      format: "esm",
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });

    const there = run(arm64, program, bobcat);

    expect(there).toBe(run(here, program, bobcat));
    expect(JSON.parse(there)).toEqual(JSON.parse(readFileSync(join(bobcat, "expected-report.json"), "utf8")));
  });

  it("the built agent and the built collector with its database say what they say here", { timeout: 3 * startMs }, async () => {
    const there = await reportThrough(arm64, join(folder, "arm64"));
    const expected = await reportThrough(here, join(folder, "here"));

    expect(there.subjects.length).toBeGreaterThan(20);
    expect(there.subjects).toEqual(expected.subjects);
    expect(there.stored).toEqual({ integrity: "ok", hasObservations: true });
  });
});

interface Through {
  /** What the API says of each subject, but for times and for what changes by itself. */
  readonly subjects: readonly unknown[];
  /** What is in the database once the collector has ended. */
  readonly stored: { readonly integrity: string; readonly hasObservations: boolean };
}

/** Runs collector and agent, waits for every probe, and ends both. */
async function reportThrough({ node, env }: Emulation, folder: string): Promise<Through> {
  const [http, grpc] = await freePorts(2);
  const program = (name: string, ...argv: string[]) =>
    createProgram({ argv: [...node, ...argv], env, logFile: `${folder}-${name}.log` });
  const dataDir = join(folder, "collector");
  await using collector = program(
    "collector",
    ...[collectorBundle, "--listen", `127.0.0.1:${http}`, "--grpc-listen", `127.0.0.1:${grpc}`, "--data-dir", dataDir],
  );
  await using agent = program(
    "agent",
    ...[agentBundle, "run", "--collector", `127.0.0.1:${grpc}`, "--node-name", nodeName, "--host-root", bobcat],
    ...["--spool-dir", join(folder, "spool"), "--health-listen", "none"],
  );
  collector.start();
  agent.start();
  const detail = await waitUntil("every probe has reported", startMs, async () => {
    for (const each of [collector, agent]) if (each.ended() !== undefined) throw new Error(`ended early: ${each.log()}`);
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/nodes/${nodeName}`).catch(() => undefined);
    if (response?.ok !== true) return undefined;
    const body = (await response.json()) as NodeDetail; // our own API
    // Emulated children are slow where others work too: what ran past its time runs again.
    const isTold = (name: string) => body.probes.some((probe) => probe.name === name && probe.outcome !== "failed");
    return probes.every(({ name }) => isTold(name)) ? body : undefined;
  });
  expect(await agent.stop()).toBe(0);
  expect(await collector.stop()).toBe(0);
  return {
    subjects: detail.subjects
      .filter(({ kind }) => kind !== "agent_process")
      .map(({ kind, id, probe, outcome, value, failure }) => ({ kind, id, probe, outcome, value, failure }))
      .toSorted((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1)), // they come in the order in which probes end
    stored: readDatabase(dataDir),
  };
}

/** Reads with this machine's SQLite what the other one wrote. */
function readDatabase(dataDir: string): Through["stored"] {
  const name = readdirSync(dataDir).find((each) => /\.(?:db|sqlite)$/.test(each));
  using database = new DatabaseSync(join(dataDir, name ?? ""));
  const integrity = String(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"]);
  return { integrity, hasObservations: database.prepare("SELECT 1 FROM journal LIMIT 1").get() !== undefined };
}
