/** The policy in force, and its file while it changes. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { builtInPolicy } from "./built-in.ts";
import { openPolicy } from "./open-policy.ts";
import type { PolicySource } from "./policy.ts";

let folder: string;
let clock: FakeClock;
let warnings: string[];
let source: (PolicySource & AsyncDisposable) | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nodekeeper-policy-"));
  clock = new FakeClock();
  warnings = [];
  source = undefined;
});

afterEach(async () => {
  await source?.[Symbol.asyncDispose]();
  expect(clock.sleeperCount).toBe(0);
  await rm(folder, { recursive: true });
});

async function opened(file: string | undefined): Promise<PolicySource> {
  const warn = (facts: { readonly problems?: readonly string[] }): void => void warnings.push((facts.problems ?? []).join("\n"));
  const logger = { warn, info: () => undefined } as unknown as Logger; // what the source uses of it
  source = await openPolicy({ file, clock, random: () => 0.5, logger });
  return source;
}

/** A change counts when it was there twice; files are read in real time. */
async function pass(polls: number): Promise<void> {
  for (let poll = 0; poll < polls; poll += 1) {
    await vi.waitFor(() => expect(clock.sleeperCount).toBe(1), { timeout: 10_000, interval: 1 });
    await clock.advance(2_000);
  }
  await vi.waitFor(() => expect(clock.sleeperCount).toBe(1), { timeout: 10_000, interval: 1 });
}

describe("openPolicy", () => {
  it("gives what is built in where there is no file", async () => {
    const { current, problems } = await opened(undefined);

    expect(current).toBe(builtInPolicy);
    expect(problems()).toEqual([]);
  });

  it("refuses a file that is wrong at the start, with every problem", async () => {
    const file = join(folder, "policy.yaml");
    await writeFile(file, "version: 2\nlabel: {}\n");

    await expect(opened(file)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: [
        "the configuration has 2 problems:",
        `  - ${file}:1:10: version: this nodekeeper reads version 1`,
        `  - ${file}:2:1: label: there is no such key; did you mean "labels"?`,
      ].join("\n"),
    });
  });

  it("refuses what is no file, without waiting for it", async () => {
    await expect(opened(join(folder, "missing.yaml"))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("missing.yaml: the policy cannot be read: there is no such file"),
    });
    await expect(opened(folder)).rejects.toMatchObject({
      message: expect.stringContaining("the policy cannot be read: it is no file"),
    });
  });

  it("takes a change when it has been there twice, and says so once", async () => {
    const file = join(folder, "policy.yaml");
    await writeFile(file, "version: 1\ndomain: a.example\n");
    const policy = await opened(file);
    let changes = 0;
    policy.onChanged(() => {
      changes += 1;
    });
    await pass(2);
    expect(changes).toBe(0);

    await writeFile(file, "version: 1\ndomain: b.example\n");
    await pass(1);
    expect(policy.current.domain).toBe("a.example");
    await pass(3);

    expect(policy.current.domain).toBe("b.example");
    expect(changes).toBe(1);
    expect(policy.problems()).toEqual([]);
  });

  it("follows a ConfigMap, which is changed by swapping a link", async () => {
    for (const [name, domain] of [
      ["..1", "a.example"],
      ["..2", "b.example"],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, "policy.yaml"), `version: 1\ndomain: ${domain}\n`);
    }
    await symlink("..1", join(folder, "..data"));
    await symlink("..data/policy.yaml", join(folder, "policy.yaml"));
    const policy = await opened(join(folder, "policy.yaml"));

    await symlink("..2", join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    await pass(3);

    expect(policy.current.domain).toBe("b.example");
  });

  const broken: readonly (readonly [what: string, spoil: (file: string) => Promise<void>, problem: RegExp])[] = [
    [
      "becomes wrong",
      (file) => writeFile(file, "version: 1\nlabels: { a: gpu }\n"),
      /policy\.yaml:2:14: labels\.a: there is no fact "gpu"/,
    ],
    ["is emptied", (file) => writeFile(file, ""), /policy\.yaml:1:1: it is empty/],
    ["is deleted", (file) => rm(file), /policy\.yaml: the policy cannot be read: there is no such file/],
    ["grows without end", (file) => writeFile(file, "#".repeat(1 << 20)), /policy\.yaml: it is larger than 256 KiB/],
  ];

  it.each(broken)(
    "keeps the policy in force when its file %s, and tells why until it is well again",
    async (_, spoil, problem) => {
      const file = join(folder, "policy.yaml");
      await writeFile(file, "version: 1\ndomain: a.example\n");
      const policy = await opened(file);
      let changes = 0;
      policy.onChanged(() => {
        changes += 1;
      });

      await spoil(file);
      await pass(5);
      expect(policy.current.domain).toBe("a.example");
      expect(policy.problems()).toEqual([expect.stringMatching(problem)]);
      expect(warnings).toEqual([expect.stringMatching(problem)]);

      await writeFile(file, "version: 1\ndomain: a.example\n");
      await pass(3);
      expect(policy.problems()).toEqual([]);
      expect(changes).toBe(0);
    },
  );
});
