/** How observations get into the worker: transferred bytes against cloned object trees, through a thread that only answers. */
import { Worker } from "node:worker_threads";
import { systemClock } from "@nodekeeper/shared";
import { encodeCommitBatch } from "../../../collector/src/store/commit-batch.ts";
import type { BenchRow } from "./bench-store.ts";
import { workloadObservation, workloadProbes } from "./workload.ts";

const rounds = 200;
const batchSize = 100;

/** Microseconds of wall time for an observation, there and back, both ways in one run. */
export async function measureTransport(): Promise<readonly BenchRow[]> {
  const [probe] = workloadProbes;
  if (probe === undefined) return [];
  const observations = Array.from({ length: batchSize }, (_, index) =>
    workloadObservation("n", probe, index + 1, index + 1, 1e12 + index),
  );
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads"); parentPort.on("message", () => parentPort.postMessage(0));`,
    { eval: true },
  );
  const send = (message: unknown, transfer: readonly ArrayBuffer[]): Promise<void> =>
    new Promise((resolve) => {
      worker.once("message", () => resolve());
      worker.postMessage(message, transfer);
    });
  const measure = async (round: () => Promise<void>): Promise<number> => {
    for (let index = 0; index < rounds / 4; index += 1) await round();
    const startedAtMs = systemClock.monotonicMs();
    for (let index = 0; index < rounds; index += 1) await round();
    return ((systemClock.monotonicMs() - startedAtMs) * 1000) / rounds / batchSize;
  };
  const bytesUs = await measure(() => {
    const batch = encodeCommitBatch(observations);
    return send(batch, [batch.bytes.buffer]);
  });
  const treesUs = await measure(() => send(observations, []));
  const encodeUs = await measure(async () => void encodeCommitBatch(observations));
  await worker.terminate();
  return [
    {
      what: "an observation of 28 numbers to the worker as transferred bytes, encoding included",
      value: `${bytesUs.toFixed(1)} us`,
    },
    { what: "the same as a cloned object tree", value: `${treesUs.toFixed(1)} us` },
    { what: "encoding it, which the worker would have to do then", value: `${encodeUs.toFixed(1)} us` },
    { what: "ratio of all work, trees and encoding : bytes", value: ((treesUs + encodeUs) / bytesUs).toFixed(2) },
  ];
}
