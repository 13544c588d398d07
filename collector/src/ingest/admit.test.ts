import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { AgentIdentity } from "../identity/agent-identity.ts";
import { createStateHolder } from "../state/holder.ts";
import { hello } from "../test-support/states.ts";
import { type AdmitContext, admit } from "./admit.ts";
import { createClones } from "./clones.ts";
import { createHeldFactsTable } from "./held-facts.ts";
import { createProgressTable } from "./progress.ts";
import { createSessions, type Session } from "./sessions.ts";

const minuteMs = 60_000;
const unproven: AgentIdentity = { kind: "unproven" };
const byCluster: AgentIdentity = { kind: "cluster", node: "neko", credentialId: "id", expiresAtMs: 1e15, isReviewed: true };
const enrolled: AgentIdentity = { kind: "enrolled", node: "neko", credentialId: "id" };
const nothing = (): void => undefined;

function door() {
  const clock = new FakeClock();
  const state = createStateHolder([]);
  const sessions = createSessions();
  const authenticator = { isNameTaken: () => false, checkMachine: nothing } as unknown as AdmitContext["authenticator"];
  const clones = createClones({ sessions, reports: { cloned: nothing }, clock });
  const heldFacts = createHeldFactsTable();
  const context: AdmitContext = {
    ...{ clock, state, sessions, authenticator, clones, heldFacts, maximumNodes: 10, onNodeChanged: nothing },
  };

  /** A machine comes, and leaves again where it was let in: why it was refused, or nothing. */
  async function comes(identity: AgentIdentity, machineId: string): Promise<string | undefined> {
    const speaker = { identity, peer: "10.0.0.1:1" };
    const greeting = hello({ nodeName: "neko", machineId });
    const progress = createProgressTable().of("neko", machineId);
    const open = (): Session => ({
      ...{ node: "neko", machineId, bootId: machineId, peer: speaker.peer, heardAtMs: clock.monotonicMs(), identity, progress },
      ...{ send: nothing, pause: nothing, resume: nothing, onCommitted: nothing, onNextWord: nothing, replace: nothing },
    });
    const logger = createLogger("test", "silent");
    const admitted = admit({ kind: "accepted", hello: greeting }, speaker, context, logger, open);
    await clock.advance(minuteMs);
    if (admitted.kind === "refused") return admitted.refusal.error?.code ?? admitted.refusal.reason;
    sessions.remove(admitted.session);
    state.apply({ kind: "disconnected", node: "neko", epoch: greeting.epoch, goodbye: undefined, atMs: clock.wallMs() });
    return undefined;
  }
  return { clock, comes };
}

describe("admitting agents by turns", () => {
  it("leaves the name with the machine that has it, and gives it away when that one is silent", async () => {
    const { clock, comes } = door();
    const told: (string | undefined)[] = [];
    for (const machineId of ["a", "b", "a", "b", "a", "b"]) told.push(await comes(byCluster, machineId));

    expect(told).toEqual([undefined, undefined, undefined, undefined, "IDENTITY_CLONED", undefined]);
    await clock.advance(11 * minuteMs);
    expect(await comes(byCluster, "a")).toBeUndefined();
  });

  it("takes who proves a name, however often strangers took it from each other", async () => {
    const { comes } = door();
    for (const machineId of ["x1", "x2", "x3", "x4"]) expect(await comes(unproven, machineId)).toBeUndefined();
    expect(await comes(unproven, "x5")).toBe("IDENTITY_CLONED");

    expect(await comes(byCluster, "a")).toBeUndefined();
    expect(await comes(byCluster, "b")).toBeUndefined();
    expect(await comes(unproven, "x6")).toBe("IDENTITY_MISSING");
  });

  it("takes an enrolled machine always: its credential is of no other", async () => {
    const { comes } = door();
    for (const machineId of ["a", "b", "a", "b"]) await comes(byCluster, machineId);

    expect(await comes(enrolled, "c")).toBeUndefined();
  });
});
