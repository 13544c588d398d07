import { create } from "@bufbuild/protobuf";
import { LossSchema, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { disk, factsHash, list, observation } from "../test-support/observations.ts";
import { connectedNode, disconnected, hello, observed, startMs } from "../test-support/states.ts";
import type { NodeState } from "./node-state.ts";
import { reduce } from "./reduce.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const bothListed = observation({ subjects: [disk("sda"), disk("sdb")], lists: [list("block_device", true)] });

function subjects(node: NodeState) {
  return [...(node.probes.get("disks")?.subjects.values() ?? [])];
}

function outcomes(node: NodeState): Record<string, Outcome> {
  return Object.fromEntries(subjects(node).map((subject) => [subject.id, subject.outcome]));
}

/** The next observation, a minute later. */
function later(facts: Parameters<typeof observation>[0], overrides: Parameters<typeof observation>[1] = {}) {
  return observation(facts, { sequence: 2, factsHash: factsHash("later"), ...overrides });
}

describe("reduce", () => {
  it("makes a node when its agent connects, and knows nothing else of it", () => {
    const node = connectedNode();

    expect(node).toMatchObject({ name: "neko", epoch: "epoch-1", firstSeenAtMs: startMs, lastContactAtMs: startMs });
    expect(node.connection).toEqual({ kind: "connected", sinceMs: startMs });
    expect(node.clockSkewMs).toBeUndefined();
    expect(node.probes.size).toBe(0);
  });

  it("knows of a node that leaves after our clock was set back since when it is silent", () => {
    const setBackMs = startMs - 2 * 60 * minuteMs;
    const heard = reduce(connectedNode(), { kind: "contact", node: "neko", clockSkewMs: 0, losses: [], atMs: setBackMs });
    const gone = { kind: "disconnected", node: "neko", epoch: "epoch-1", goodbye: undefined, atMs: setBackMs + 1_000 } as const;

    expect(reduce(heard, gone)).toMatchObject({ lastContactAtMs: setBackMs + 1_000 });
  });

  it("ignores what is said of a node that nobody has met", () => {
    expect(reduce(undefined, { kind: "contact", node: "neko", clockSkewMs: 0, losses: [], atMs: startMs })).toBeUndefined();
  });

  it("changes no picture that was given out", () => {
    const before = observed(connectedNode(), bothListed);
    const copy = structuredClone({ ...before, probes: [...before.probes.keys()] });

    observed(before, later({ subjects: [], lists: [list("block_device", true)] }), startMs + minuteMs);

    expect({ ...before, probes: [...before.probes.keys()] }).toEqual(copy);
    expect(outcomes(before)).toEqual({ sda: Outcome.OK, sdb: Outcome.OK });
  });

  it("takes a disk that a complete list lacks as absent, keeping what was known of it", () => {
    const node = observed(
      observed(connectedNode(), bothListed),
      later({ subjects: [disk("sda")], lists: [list("block_device", true)] }),
      startMs + minuteMs,
    );

    const [, gone] = subjects(node);
    expect(outcomes(node)).toEqual({ sda: Outcome.OK, sdb: Outcome.ABSENT });
    expect(gone).toMatchObject({ absentSinceMs: startMs + minuteMs, readAtMs: startMs, value: { case: "blockDevice" } });
  });

  it.each([
    { name: "an incomplete list", facts: { subjects: [disk("sda")], lists: [list("block_device", false)] } },
    { name: "no list of the kind", facts: { subjects: [disk("sda")], lists: [list("filesystem", true)] } },
  ])("concludes nothing about a disk from $name", ({ facts }) => {
    const before = observed(connectedNode(), bothListed);

    const node = observed(before, later(facts), startMs + minuteMs);

    expect(outcomes(node)).toEqual({ sda: Outcome.OK, sdb: Outcome.OK });
    expect(subjects(node)[1]?.observedAtMs).toBe(startMs);
  });

  it("touches no subject when the run of the probe failed", () => {
    const before = observed(connectedNode(), bothListed);
    const failure = { code: "PROBE_TIMEOUT", message: "it took longer than 10 s" };

    const node = observed(before, later({}, { outcome: Outcome.FAILED, failure, body: { case: undefined } }), startMs + minuteMs);

    const probe = node.probes.get("disks");
    expect(probe).toMatchObject({ outcome: Outcome.FAILED, failure, observedAtMs: startMs + minuteMs });
    expect(probe?.subjects).toBe(before.probes.get("disks")?.subjects);
    expect(probe?.factsHash).toBe(before.probes.get("disks")?.factsHash);
  });

  it("takes everything as absent when the machine has nothing of the kind", () => {
    const before = observed(connectedNode(), bothListed);

    const node = observed(before, later({}, { outcome: Outcome.ABSENT, body: { case: undefined } }), startMs + minuteMs);

    expect(outcomes(node)).toEqual({ sda: Outcome.ABSENT, sdb: Outcome.ABSENT });
  });

  it("keeps the last good value and its time while a subject fails", () => {
    const failure = { code: "HOST_READ_FAILED", message: "EIO" };
    const failed = { kind: "block_device", id: "sda", outcome: Outcome.FAILED, failure };

    const node = observed(observed(connectedNode(), bothListed), later({ subjects: [failed] }), startMs + minuteMs);

    expect(subjects(node)[0]).toMatchObject({
      outcome: Outcome.FAILED,
      failure,
      value: { case: "blockDevice" },
      readAtMs: startMs,
      observedAtMs: startMs + minuteMs,
    });
  });

  it("believes a subject that says when it was really read", () => {
    const asleep = { ...disk("sda"), readAtUnixMs: 1_800_000_000_000n - 7_200_000n };

    const node = observed(connectedNode(), observation({ subjects: [asleep] }));

    expect(subjects(node)[0]?.readAtMs).toBe(startMs - 7_200_000);
  });

  it("keeps two readings of the numbers, and leaves out those that are unknown", () => {
    const sampleKeys = ["read_bytes_total", "io_in_flight"].map((name) => ({ kind: "block_device", id: "sda", name }));
    const facts = { subjects: [disk("sda")], sampleKeys };
    const first = observed(connectedNode(), observation(facts, { sampleValues: [100, 3] }));

    const node = observed(first, later(facts, { sampleValues: [250, Number.NaN] }), startMs + minuteMs);

    const [sda] = subjects(node);
    expect([...(sda?.samples ?? [])]).toEqual([["read_bytes_total", 250]]);
    expect(sda?.samples.size).toBe(1);
    expect(sda?.samples.has("io_in_flight")).toBe(false);
    expect(sda?.samplesAtMs).toBe(startMs + minuteMs);
    expect([...(sda?.previousSamples?.entries() ?? [])]).toEqual([
      ["read_bytes_total", 100],
      ["io_in_flight", 3],
    ]);
    expect(sda?.previousSamplesAtMs).toBe(startMs);
  });

  it("never lets an older observation overwrite a newer one", () => {
    const newer = observed(connectedNode(), observation({ subjects: [disk("sda")] }, { sequence: 5 }));

    const node = reduce(newer, {
      kind: "observed",
      node: "neko",
      epoch: "epoch-1",
      observation: observation({ subjects: [disk("sdz")] }, { sequence: 4 }),
      observedAtMs: startMs + minuteMs,
      receivedAtMs: startMs + minuteMs,
    });

    expect(node).toBe(newer);
  });

  it("takes everything of a new epoch as newer, though its sequences begin anew", () => {
    const before = observed(connectedNode(), observation({ subjects: [disk("sda")] }, { sequence: 500 }));
    const reborn = reduce(before, {
      kind: "connected",
      node: "neko",
      hello: hello({ epoch: "epoch-2" }),
      atMs: startMs + minuteMs,
    });

    const node = observed(reborn ?? before, observation({ subjects: [disk("sdb")] }, { sequence: 1 }), startMs + minuteMs);

    expect(Object.keys(outcomes(node))).toEqual(["sdb", "sda"]);
  });

  it("forgets what it knew when another machine bears the name, and nothing when the machine does not say which it is", () => {
    const before = observed(connectedNode(), bothListed);

    const other = reduce(before, {
      kind: "connected",
      node: "neko",
      hello: hello({ machineId: "another" }),
      atMs: startMs + dayMs,
    });
    const same = reduce(before, { kind: "connected", node: "neko", hello: hello({ machineId: "" }), atMs: startMs + dayMs });

    expect(other).toMatchObject({ machineId: "another", firstSeenAtMs: startMs + dayMs });
    expect(other?.probes.size).toBe(0);
    expect(same?.machineId).toBe(before.machineId);
    expect(same?.probes).toBe(before.probes);
  });

  it("forgets a disk that has been gone for a day", () => {
    let node = observed(connectedNode(), bothListed);
    const oneLeft = { subjects: [disk("sda")], lists: [list("block_device", true)] };
    node = observed(node, later(oneLeft, { sequence: 2 }), startMs + minuteMs);
    const almost = observed(node, later(oneLeft, { sequence: 3 }), startMs + dayMs);

    const after = observed(almost, later(oneLeft, { sequence: 4 }), startMs + dayMs + minuteMs);

    expect(outcomes(almost)).toEqual({ sda: Outcome.OK, sdb: Outcome.ABSENT });
    expect(outcomes(after)).toEqual({ sda: Outcome.OK });
  });

  it("remembers no more subjects than it can bear of a list that is never whole", () => {
    let node = connectedNode();
    for (let round = 1; round <= 4; round += 1) {
      const many = Array.from({ length: 4_096 }, (_, index) => disk(`round-${round}-${index}`));
      node = observed(node, observation({ subjects: many }, { sequence: round }));
    }

    expect(subjects(node)).toHaveLength(8_192);
  });

  it("notes how a node left, and ignores the end of a stream of an epoch that is over", () => {
    const node = connectedNode();

    const left = disconnected(node, startMs + minuteMs, "reboot");
    const stale = reduce(node, { kind: "disconnected", node: "neko", epoch: "older", goodbye: undefined, atMs: startMs });

    expect(left.connection).toEqual({ kind: "disconnected", sinceMs: startMs + minuteMs, goodbye: "reboot" });
    expect(stale).toBe(node);
  });

  it("lists a loss once, however often it is told, newest first", () => {
    const loss = (untilUnixMs: number, observationCount: number) =>
      create(LossSchema, { fromUnixMs: 1_000n, untilUnixMs: BigInt(untilUnixMs), observationCount, reason: "spool_full" });
    const tell = (node: NodeState, losses: ReturnType<typeof loss>[], skewMs: number): NodeState =>
      reduce(node, { kind: "contact", node: "neko", clockSkewMs: skewMs, losses, atMs: startMs }) ?? node;

    const once = tell(connectedNode(), [loss(5_000, 3)], 100);
    const twice = tell(once, [loss(5_000, 3), loss(900_000, 7)], 140);

    expect(twice.losses.map(({ untilMs, observationCount }) => [untilMs, observationCount])).toEqual([
      [899_860, 7],
      [4_900, 3],
    ]);
    expect(tell(twice, [loss(5_000, 3)], 0).losses).toBe(twice.losses);
  });
});
