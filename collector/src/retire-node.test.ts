import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { Machine } from "./api/test-support/machine.ts";
import { createRegistry } from "./identity/create-registry.ts";
import { createRetireNode } from "./retire-node.ts";
import { createStateHolder } from "./state/holder.ts";
import { certificate } from "./test-support/authority-certificate.ts";
import { aVault } from "./test-support/memory-vault.ts";

const nowMs = Date.UTC(2026, 0, 1);

/** neko, which is away and has a credential. `forgetNode` is the store's. */
async function away(forgetNode: () => Promise<void>) {
  const state = createStateHolder([]);
  const machine = new Machine("neko");
  state.apply(machine.connect(nowMs));
  state.apply(machine.disconnect(nowMs));
  const registry = createRegistry({ vault: aVault(), clock: { wallMs: () => nowMs }, authorities: () => [certificate] });
  const { text } = await registry.createJoinToken({ node: "neko", ttlMs: 900_000, by: "test" });
  await registry.enroll(text, { node: "", machineId: "1".repeat(32) });
  const retire = createRetireNode({ state, registry, store: { forgetNode } });
  return { state, machine, registry, retire };
}

describe("a node is retired", () => {
  it("unless it comes back meanwhile: then it stays, and nobody is told that it is gone", async () => {
    const { state, machine, registry, retire } = await away(async () => state.apply(machine.connect(nowMs)));

    await expect(retire("neko")).rejects.toMatchObject({
      code: "CONFLICT",
      message: "neko came back while it was retired, and stays; its credential is revoked: end its agent first",
    });
    expect(state.node("neko")?.connection.kind).toBe("connected");
    expect(registry.credentialsOf("neko")).toEqual([]);
  });

  it("or is known as before where the store fails, with a word about its credential", async () => {
    const { state, retire } = await away(() => Promise.reject(new AppError("STORE_FULL", "no space left")));

    await expect(retire("neko")).rejects.toMatchObject({
      code: "STORE_FULL",
      message: "no space left; its credential is revoked",
    });
    expect(state.node("neko")).toMatchObject({ name: "neko", connection: { kind: "disconnected" } });
  });
});
