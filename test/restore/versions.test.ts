/** Agent and collector of two versions, as they meet while a fleet is upgraded and when an upgrade is taken back. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { SpoolRecordSchema } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskFrame, diskFrameAt } from "../../agent/src/spool/disk-frame.ts";
import { createAgentProcess } from "../durability/agent-process.ts";
import { compare } from "../durability/comparison.ts";
import { readJournal } from "../durability/journal.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { builtRemark, createScene, isBuilt, type Scene } from "./scene.ts";
import { startTranslator } from "./translator.ts";
import { asLater, earlierAgent, laterAgent, laterCollector } from "./versions.ts";

const node = "neko";
const timeout = 240_000;
const magic = "nodekeeper spool 1\n";

describe.skipIf(!isBuilt)(`agent and collector of two versions${builtRemark}`, { timeout: 90_000 }, () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = await createScene([node]);
  });

  afterEach(() => scene?.[Symbol.asyncDispose]());

  it.each([
    { name: "an agent of the next version is understood by this collector", translation: laterAgent },
    { name: "this agent understands a collector of the next version", translation: laterCollector },
    { name: "an agent of the version before is understood by this collector", translation: earlierAgent },
  ])("$name", { timeout }, async ({ translation }) => {
    await scene.startCollector();
    await using translator = await startTranslator(scene.recorder.port, translation);
    await using agent = createAgentProcess(
      node,
      `127.0.0.1:${translator.port}`,
      join(scene.folder, "spool"),
      join(scene.folder, "agent.log"),
    );
    agent.start();
    await waitUntil("observations of many runs", 90_000, () => scene.ledger.acknowledgedCount(node) > 40);
    const shown = await scene.node(node);
    await agent.stop();
    await scene.collector.stop();

    expect(shown?.probes.length).toBeGreaterThanOrEqual(6);
    expect(scene.recorder.streamCount()).toBe(1);
    expectStoredOnce();
  });

  it("an agent that is taken back by a version delivers the spool of the later one", { timeout }, async () => {
    const agent = scene.agents.get(node);
    if (agent === undefined) throw new Error("there is no agent");
    agent.start();
    await systemClock.sleep(10_000, new AbortController().signal);
    await agent.stop();
    const sequences = rewriteSpool(join(scene.folder, `spool-${node}`));
    await scene.startCollector();
    agent.start();
    await waitUntil("the spool is delivered", 90_000, () => {
      const acknowledged = new Set(scene.ledger.observations().flatMap((each) => (each.isAcknowledged ? [each.sequence] : [])));
      return sequences.every((sequence) => acknowledged.has(sequence));
    });
    await agent.stop();
    await scene.collector.stop();

    expect(sequences.length).toBeGreaterThan(10);
    const stored = new Set(readJournal(scene.dataDir).map(({ sequence }) => sequence));
    expect(sequences.filter((sequence) => !stored.has(sequence))).toEqual([]);
    expectStoredOnce();
  });

  function expectStoredOnce(): void {
    const comparison = compare(scene.ledger.observations(), readJournal(scene.dataDir));
    expect(comparison).toMatchObject({ lost: [], refused: [], doubled: [], strange: [] });
    expect(scene.ledger.complaints()).toEqual([]);
  }
});

/** Writes the files of a spool as a later version would have; returns the sequence numbers in them. */
function rewriteSpool(directory: string): readonly number[] {
  const sequences: number[] = [];
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    const bytes = readFileSync(file);
    if (bytes.subarray(0, magic.length).toString() !== magic) continue;
    let end = diskFrameAt(bytes, magic.length)?.end ?? bytes.length;
    const parts: Uint8Array[] = [bytes.subarray(0, end)];
    for (let frame = diskFrameAt(bytes, end); frame !== undefined; frame = diskFrameAt(bytes, end)) {
      const { observation } = fromBinary(SpoolRecordSchema, frame.payload);
      sequences.push(observation?.sequence ?? 0);
      parts.push(diskFrame(asLater(SpoolRecordSchema, frame.payload)));
      end = frame.end;
    }
    writeFileSync(file, Buffer.concat(parts));
  }
  return sequences;
}
