import type { ConnectResponse } from "@nodekeeper/proto";
import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createRegistry } from "../identity/create-registry.ts";
import { certificate } from "../test-support/authority-certificate.ts";
import { aVault, vaultIsGone } from "../test-support/memory-vault.ts";
import { createProgressTable } from "./progress.ts";
import { createCredentialRotation } from "./rotate-credentials.ts";
import { createSessions, type Session } from "./sessions.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

async function aRotation() {
  const clock = new FakeClock();
  const vault = aVault();
  const registry = createRegistry({ vault, clock, authorities: () => [certificate] });
  const sessions = createSessions();
  const logger = createLogger("test", "silent");
  const rotation = createCredentialRotation({ registry, sessions, clock, random: () => 0.5, logger });
  return { clock, vault, registry, sessions, rotation };
}

/** A session of a machine that is enrolled, which keeps what it is handed. */
async function enrolled({ registry, sessions }: Awaited<ReturnType<typeof aRotation>>, node = "neko") {
  const { text } = await registry.createJoinToken({ node, ttlMs: hourMs, by: "ada" });
  const { record } = await registry.enroll(text, { node, machineId: node });
  const handed: string[] = [];
  const nothing = (): void => undefined;
  const session: Session = {
    ...{ node, machineId: node, bootId: "boot", peer: "10.0.0.1:1", heardAtMs: 0 },
    identity: { kind: "enrolled", node, credentialId: record.id },
    progress: createProgressTable().of(node, "epoch-1"),
    send({ message }: ConnectResponse) {
      if (message.case === "newCredential") handed.push(message.value.credential);
    },
    ...{ pause: nothing, resume: nothing, onCommitted: nothing, onNextWord: nothing, replace: nothing },
  };
  sessions.enter(session);
  return { session, handed, credentialId: record.id };
}

/** The vault answers in a turn of its own. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(clock: FakeClock, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += hourMs) {
    await clock.advance(hourMs);
    await settled();
  }
}

describe("rotation of credentials", () => {
  it("gives a credential of about thirty days a successor by itself, and no younger one", async () => {
    const scene = await aRotation();
    await using _ = scene.rotation;
    const { handed } = await enrolled(scene);

    await pass(scene.clock, 26 * dayMs);
    const young = [...handed];
    await pass(scene.clock, 8 * dayMs);

    expect(young).toEqual([]);
    expect(new Set(handed).size).toBe(1);
    expect(scene.registry.credentialsOf("neko")).toHaveLength(2);
  });

  it("does not rotate machines that were enrolled together at the same hour", async () => {
    const scene = await aRotation();
    await using _ = scene.rotation;
    const machines = await Promise.all(Array.from({ length: 12 }, (_each, index) => enrolled(scene, `node-${index}`)));
    const hours = new Map<number, number>();

    for (let hour = 0; hour < 34 * 24; hour += 1) {
      await pass(scene.clock, hourMs);
      machines.forEach(({ handed }, index) => {
        if (handed.length > 0 && !hours.has(index)) hours.set(index, hour);
      });
    }

    expect(hours.size).toBe(12);
    expect(new Set(hours.values()).size).toBeGreaterThan(6);
  });

  it("hands a successor over at once, again to whoever comes back with the old one, and never to one who has it", async () => {
    const scene = await aRotation();
    await using _ = scene.rotation;
    const { session, handed } = await enrolled(scene);

    const successor = await scene.registry.rotateCredential("neko");
    scene.rotation.greeted(session);
    scene.rotation.greeted({ ...session, identity: { kind: "enrolled", node: "neko", credentialId: successor.id } });

    expect(handed).toHaveLength(2);
    expect(new Set(handed).size).toBe(1);
  });

  it("makes a successor anew where another process had begun", async () => {
    const scene = await aRotation();
    await using _ = scene.rotation;
    const { session, handed } = await enrolled(scene);
    const before = createRegistry({ vault: scene.vault, clock: scene.clock, authorities: () => [certificate] });
    await before.rotateCredential("neko");

    scene.rotation.greeted(session);
    await settled();

    expect(handed).toHaveLength(1);
    expect(handed[0]).not.toBe(before.pendingCredential("neko"));
    expect(scene.registry.credentialsOf("neko")).toHaveLength(3);
  });

  it("lets go of the predecessor later when the vault could not be written as the successor was used", async () => {
    const scene = await aRotation();
    await using _ = scene.rotation;
    const { session } = await enrolled(scene);
    const successor = await scene.registry.rotateCredential("neko");
    scene.sessions.enter({ ...session, identity: { kind: "enrolled", node: "neko", credentialId: successor.id } });
    scene.vault.fail(vaultIsGone);
    await expect(scene.registry.settle(successor.id)).rejects.toThrow();

    await pass(scene.clock, 2 * hourMs);
    const during = scene.registry.credentialsOf("neko").length;
    scene.vault.fail(undefined);
    await pass(scene.clock, 2 * hourMs);

    expect(during).toBe(2);
    expect(scene.registry.credentialsOf("neko")).toMatchObject([{ id: successor.id }]);
  });
});
