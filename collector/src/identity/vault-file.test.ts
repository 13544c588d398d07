import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emptyVault, type StoredJoinToken, type VaultContents } from "./vault.ts";
import { openVaultFile, type VaultFile } from "./vault-file.ts";

const clock = new FakeClock();
let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nodekeeper-test-"));
  path = join(folder, "vault.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(): Promise<VaultFile> {
  return openVaultFile({ path, clock, random: () => 0.5, logger: createLogger("test", "silent") });
}

function token(id: string): StoredJoinToken {
  return { id, hash: "a".repeat(64), node: "siberian", createdAtMs: 1, createdBy: "cli", expiresAtMs: 2 };
}

function withToken(id: string): (contents: VaultContents) => VaultContents {
  return (contents) => ({ ...contents, joinTokens: [...contents.joinTokens, token(id)] });
}

/** Lets the watch look, whose reading is real I/O, until the expectation is met. */
async function look(expectation: () => void): Promise<void> {
  await clock.advance(13_000);
  await vi.waitFor(expectation, { timeout: 5_000 });
}

describe("the vault's file", () => {
  it("is empty and not written before its first change", async () => {
    await using vault = await open();

    expect(vault.contents).toEqual(emptyVault);
    expect(await readdir(folder)).toEqual([]);
  });

  it("keeps what was written, for its owner alone, and leaves nothing else behind", async () => {
    {
      await using vault = await open();
      await vault.update(withToken("one"));
    }
    await using again = await open();

    expect(again.contents.joinTokens).toEqual([token("one")]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["vault.json"]);
  });

  it("makes changes one after the other, and none is lost", async () => {
    await using vault = await open();
    const heard: number[] = [];
    using _ = vault.onChanged(({ joinTokens }) => heard.push(joinTokens.length));

    await Promise.all(Array.from({ length: 20 }, (_each, at) => vault.update(withToken(`t${at}`))));

    expect(new Set(vault.contents.joinTokens.map(({ id }) => id)).size).toBe(20);
    expect(heard).toEqual(Array.from({ length: 20 }, (_each, at) => at + 1));
  });

  it("writes nothing when a change changes nothing, or throws", async () => {
    await using vault = await open();

    await vault.update((contents) => contents);
    const refused = vault.update(() => {
      throw new Error("no");
    });

    await expect(refused).rejects.toThrow("no");
    expect(await readdir(folder)).toEqual([]);
  });

  it("takes another file that appears in its place, and builds on it", async () => {
    await using vault = await open();
    await vault.update(withToken("mine"));
    await replace({ ...emptyVault, joinTokens: [token("restored")] });

    await vault.update(withToken("next"));

    expect(vault.contents.joinTokens.map(({ id }) => id)).toEqual(["restored", "next"]);
  });

  it("notices another file without being asked", async () => {
    await using vault = await open();
    await replace({ ...emptyVault, joinTokens: [token("restored")] });

    await look(() => expect(vault.contents.joinTokens.map(({ id }) => id)).toEqual(["restored"]));

    expect(vault.problems()).toEqual([]);
  });

  it("goes on with what it has when the file becomes bad, says so, and does not touch it", async () => {
    await using vault = await open();
    await vault.update(withToken("mine"));
    await writeFile(path, "{", { mode: 0o600 });

    const problem = `the vault ${path} is not in a form that we know`;
    await look(() => expect(vault.problems()).toEqual([expect.stringContaining(problem)]));

    expect(vault.contents.joinTokens.map(({ id }) => id)).toEqual(["mine"]);
    await expect(vault.update(withToken("next"))).rejects.toMatchObject({ code: "VAULT_MALFORMED" });
    expect(await readFile(path, "utf8")).toBe("{");
  });

  it("writes itself anew when its file was removed", async () => {
    await using vault = await open();
    await vault.update(withToken("mine"));
    await rm(path);

    await vault.update(withToken("next"));

    await using again = await open();
    expect(again.contents.joinTokens.map(({ id }) => id)).toEqual(["mine", "next"]);
  });

  it("refuses a file that others may read, and says what to do", async () => {
    await writeFile(path, JSON.stringify(emptyVault));
    await chmod(path, 0o640);

    await expect(open()).rejects.toMatchObject({
      code: "VAULT_UNAVAILABLE",
      message: expect.stringContaining(`(0640): chmod 600 ${path}`),
    });
  });

  it("says what it could not write, and stays as it was", async () => {
    await using vault = await open();
    await rm(folder, { recursive: true });

    await expect(vault.update(withToken("one"))).rejects.toMatchObject({ code: "VAULT_UNAVAILABLE" });
    expect(vault.contents).toEqual(emptyVault);
  });

  it("is written although a collector crashed while it wrote", async () => {
    await writeFile(`${path}.new`, "half", { mode: 0o644 });
    await using vault = await open();

    await vault.update(withToken("one"));

    expect(await readdir(folder)).toEqual(["vault.json"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

async function replace(contents: VaultContents): Promise<void> {
  await writeFile(`${path}.restored`, JSON.stringify(contents), { mode: 0o600 });
  await rename(`${path}.restored`, path);
}
