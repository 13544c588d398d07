import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import type { NewObject, TextObject } from "../../clients/kubernetes/text-object.ts";
import { emptyVault, type StoredCredential, type VaultContents } from "../vault.ts";
import { openVaultSecret, type VaultSecret, vaultKey } from "./vault-secret.ts";

const at = { namespace: "nodekeeper", name: "vault" };
const unreachable = new AppError("PEER_UNREACHABLE", "the cluster's API did not answer within 10 s");
let vault: VaultSecret | undefined;

afterEach(async () => {
  await vault?.[Symbol.asyncDispose]();
});

/** A Secret in memory, and what goes wrong with the next write. The real API server is met in test/kubernetes. */
async function aSecret() {
  const clock = new FakeClock();
  let version = 0;
  const state = {
    secret: undefined as TextObject | undefined,
    nextWrite: "works" as "works" | "is done, and its answer lost" | "is lost",
    isAway: false,
  };
  const write = async (object: NewObject): Promise<TextObject> => {
    const how = state.nextWrite;
    state.nextWrite = "works";
    if (how === "is lost") throw unreachable;
    version += 1;
    const written = { ...object, resourceVersion: `${version}`, whole: {} };
    state.secret = written;
    if (how === "is done, and its answer lost") throw unreachable;
    return written;
  };
  const client = {
    read: async () => {
      if (state.isAway) throw unreachable;
      return state.secret;
    },
    create: write,
    replace: (object: TextObject, change: Pick<TextObject, "texts" | "labels">) => write({ ...object, ...change }),
  };
  const opened = await openVaultSecret({ client, at, clock, random: () => 0.5, logger: createLogger("test", "silent") });
  vault = opened;
  const byAnother = (contents: VaultContents): void => {
    version += 1;
    const texts = { [vaultKey]: JSON.stringify(contents) };
    state.secret = { kind: "Secret", at, labels: {}, texts, resourceVersion: `${version}`, whole: {} };
  };
  return { vault: opened, clock, state, byAnother };
}

const one: StoredCredential = { id: "one", hash: "0".repeat(64), node: "badger", machineId: "1".repeat(32), createdAtMs: 1 };
const withOne = (contents: VaultContents): VaultContents => ({ ...contents, credentials: [...contents.credentials, one] });

describe("vault in a Secret", () => {
  it("looks whether a write whose answer was lost was done", async () => {
    const { vault, state } = await aSecret();
    state.nextWrite = "is done, and its answer lost";

    const contents = await vault.update(withOne);

    expect(contents.credentials).toEqual([one]);
    expect(JSON.parse(state.secret?.texts[vaultKey] ?? "")).toEqual(contents);
  });

  it("holds what it held where a write was not done", async () => {
    const { vault, state } = await aSecret();
    state.nextWrite = "is lost";

    await expect(vault.update(withOne)).rejects.toMatchObject({ code: "VAULT_UNAVAILABLE" });

    expect(vault.contents).toEqual(emptyVault);
    expect((await vault.update(withOne)).credentials).toEqual([one]);
  });

  it("hears within a minute of what another writer changed, once", async () => {
    const { vault, clock, byAnother } = await aSecret();
    const heard: VaultContents[] = [];
    using _ = vault.onChanged((contents) => heard.push(contents));

    byAnother(withOne(emptyVault));
    await clock.advance(120_000);

    expect(heard).toEqual([withOne(emptyVault)]);
    expect(vault.contents).toEqual(withOne(emptyVault));
  });

  it("says what is wrong for as long as it is, and keeps what it holds", async () => {
    const { vault, clock, state } = await aSecret();
    await vault.update(withOne);

    state.isAway = true;
    await clock.advance(60_000);
    expect(vault.problems()).toEqual([
      "the vault Secret nodekeeper/vault: it cannot be read: the cluster's API did not answer within 10 s",
    ]);
    expect(vault.contents.credentials).toEqual([one]);
    state.isAway = false;
    await clock.advance(60_000);

    expect(vault.problems()).toEqual([]);
  });

  it("is not empty because somebody emptied the Secret, or deleted it", async () => {
    const { vault, clock, state } = await aSecret();
    await vault.update(withOne);
    const full = state.secret;
    if (full === undefined) throw new Error("it was just written");

    state.secret = { ...full, texts: {}, resourceVersion: "emptied" };
    await clock.advance(60_000);
    expect(vault.problems()).toEqual([expect.stringContaining("it was emptied")]);
    state.secret = undefined;
    await clock.advance(60_000);

    expect(vault.problems()).toEqual([]);
    expect((await vault.update((contents) => ({ ...contents }))).credentials).toEqual([one]);
  });

  it("ends a change that is under way before it is disposed", async () => {
    const { vault, state } = await aSecret();

    const changing = vault.update(withOne);
    await vault[Symbol.asyncDispose]();

    expect((await changing).credentials).toEqual([one]);
    expect(state.secret?.texts[vaultKey]).toContain('"one"');
  });

  it("leaves no timer when it is disposed", async () => {
    const { vault, clock } = await aSecret();

    await vault[Symbol.asyncDispose]();

    expect(clock.sleeperCount).toBe(0);
  });
});
