/** Policies tried on recorded machines by the command line, which asks nobody. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { repositoryRoot } from "../architecture/sources.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nodekeeper-policy-"));
});

afterEach(() => rm(folder, { recursive: true }));

interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

async function run(...args: string[]): Promise<Ran> {
  let [out, error] = ["", ""];
  const exitCode = await runCli({
    ...{ args, env: {}, isTerminal: false, columns: undefined, nowMs: Date.UTC(2026, 10, 23) },
    signal: new AbortController().signal,
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { exitCode, out, error };
}

function host(name: string): string {
  return join(repositoryRoot, "test/fixtures/hosts", name);
}

async function policyFile(text: string): Promise<string> {
  const file = join(folder, "policy.yaml");
  await writeFile(file, text);
  return file;
}

interface TestOutput {
  readonly machines: readonly {
    readonly name: string;
    readonly trials: readonly {
      readonly kind: string;
      readonly key: string;
      readonly decided: { readonly kind: string; readonly value?: unknown; readonly reason?: string };
    }[];
  }[];
}

describe("nodekeeper policy", () => {
  it("labels recorded machines as the built-in policy means it", async () => {
    const file = await policyFile((await run("policy", "default")).out);
    const { out, exitCode } = await run("policy", "test", file, host("neko"), host("bobcat"), host("siberian"), "--json");
    const { machines } = JSON.parse(out) as TestOutput;

    expect(exitCode).toBe(0);
    expect(
      machines.map(({ name, trials }) => [
        name,
        Object.fromEntries(
          trials
            .filter(({ kind, decided }) => kind === "label" && decided.value !== null)
            .map(({ key, decided }) => [key.split("/")[1], decided.value]),
        ),
      ]),
    ).toEqual([
      ["neko", { "storage-class": "nvme", "backup-gateway": true }],
      ["bobcat", { "storage-class": "nvme", board: "raspberry-pi-5" }],
      [
        "siberian",
        { "storage-class": "nvme", "gpu.product": "rtx-5070-ti", "gpu.memory-gib": "16", "ollama-role": "generation" },
      ],
    ]);
  });

  it("tags their disks and nodes, and says of which disk a tag is", async () => {
    const file = await policyFile((await run("policy", "default")).out);
    const { out } = await run("policy", "test", file, host("neko"), host("bobcat"), "--json");
    const { machines } = JSON.parse(out) as TestOutput;
    const tags = machines.map(({ trials }) =>
      trials
        .filter(({ kind, decided }) => kind.endsWith("-tag") && decided.value === true)
        .map(({ kind, key }) => `${kind} ${key}`),
    );

    expect(tags).toEqual([
      ["node-tag core", "disk-tag nvme", "disk-tag fast"],
      ["node-tag edge", "disk-tag nvme"],
    ]);
    expect((await run("policy", "test", file, host("bobcat"))).out).toMatch(
      /^nvme \(tag of \S+\) +is there +policy\.yaml:\d+:\d+$/m,
    );
  });

  it("says what cannot be decided and why, with the facts that were read", async () => {
    const file = await policyFile("version: 1\nlabels:\n  rack: cluster.labels['rack']\n  roles: k3s.role\ntaints: []\n");
    const { out, exitCode } = await run("policy", "test", file, host("bobcat"), "--name", "otter");

    expect(exitCode).toBe(1);
    expect(out).toContain(`otter (${host("bobcat")})`);
    expect(out).toMatch(/nodekeeper\.axiomlayer\.com\/rack +undecided: stays as it is +policy\.yaml:3:9/);
    expect(out).toContain("/rack cannot be decided: only the cluster tells of its Node, and it is not asked here");
    expect(out).toMatch(/read k3s: is_installed (?:true|false)/);
  });

  it("shows the facts as expressions name them", async () => {
    const { out, exitCode } = await run("policy", "facts", host("siberian"));

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^gpus\[0\]\.product +"rtx-5070-ti"$/m);
    expect(out).toMatch(/^system_disk\.is_fast +true$/m);
    expect(out).toMatch(/^cluster +not known: only the cluster tells/m);
    expect(JSON.parse((await run("policy", "facts", host("siberian"), "--json")).out)).toMatchObject({
      facts: { name: "siberian", gpus: [{ memory_gib: 16 }, { is_integrated: true }], k3s: { is_installed: false, role: "" } },
      unknown: { "gpus[1].product": "nothing tells it" },
    });
  });

  it("checks a file, and tells everything that is wrong with it", async () => {
    const good = await run("policy", "check", await policyFile("version: 1\nlabels: { a: name }\n"));
    expect(good).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(
        /policy\.yaml is good: 1 label below nodekeeper\.axiomlayer\.com; 0 taints; 4 conditions; 4 tags of disks, 2 tags of nodes; /,
      ),
    });

    const file = await policyFile("version: 1\nlabels:\n  a: gpu\n  B_: name ==\n");
    const bad = await run("policy", "check", file);
    expect(bad.exitCode).toBe(78);
    expect(bad.out.split("\n")).toEqual([
      `${file} has 3 problems:`,
      `  ${file}:3:6: labels.a: there is no fact "gpu"; did you mean "gpus"?`,
      expect.stringContaining(":4:3: labels.B_: a key has letters"),
      expect.stringContaining(":4:12: labels.B_: it is no expression of CEL: "),
      "",
    ]);
    expect(await run("policy", "test", file)).toMatchObject({ exitCode: 78, out: bad.out });
  });

  it("says what is missing, without a stack", async () => {
    expect(await run("policy", "check")).toMatchObject({ exitCode: 64, error: expect.stringContaining("<file> is missing") });
    expect(await run("policy", "check", join(folder, "none.yaml"))).toMatchObject({
      error: expect.stringMatching(/there is no such file\n$/),
    });
    const file = await policyFile("version: 1\n");
    expect(await run("policy", "test", file, join(folder, "none"))).toMatchObject({
      error: expect.stringContaining("cannot be opened"),
    });
    expect(await run("policy", "test", file, host("neko"), host("bobcat"), "--name", "x")).toMatchObject({
      error: expect.stringContaining("--name is for one machine"),
    });
  });
});
