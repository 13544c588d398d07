/**
 * A program: `node test/faults/flood.ts SECONDS` writes 5,000 lines a second into the kernel's log of a scene that a built agent reads, in real time, and
 * a fault at the end. Prints what the agent's probing half used of a processor before and meanwhile, and after how long the fault was found.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../durability/wait-until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { kernelFlood } from "./corpus/kernel-flood.ts";
import { startMachine } from "./hurried-machine.ts";
import { openStage } from "./stage.ts";

const linesPerSecond = 5_000;
const partMs = 100;
const quietMs = 10_000;
const ticksPerSecond = 100;
const noise = "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:6443. Sending cookies.";
const fault = "nvme0n1: Read(0x2) @ LBA 8224, 8 blocks, Unrecovered Read Error (sct 0x2 / sc 0x81) DNR";

const seconds = Number(process.argv[2] ?? 60);
await using stage = await openStage(1);
await using folder = await temporaryFolder();
await using machine = await startMachine(kernelFlood, { folder: folder.path, ...stage });
const pid = machine.probingPid() ?? 0;
const usedBy = async (work: () => Promise<unknown>): Promise<string> => {
  const [begunAtMs, before] = [performance.now(), processorSeconds(pid)];
  await work();
  const percent = (100 * (processorSeconds(pid) - before)) / ((performance.now() - begunAtMs) / 1000);
  return `${percent.toFixed(1)} % of a processor`;
};

say(`quiet: ${await usedBy(() => sleep(quietMs))}`);
say(`${linesPerSecond} lines a second for ${seconds} s: ${await usedBy(flood)}`);
machine.scene.kernel(fault, 3);
const writtenAtMs = performance.now();
await waitUntil("the fault to be found", 60_000, async () =>
  (await machine.findings()).some(({ text, rule }) => rule === "kernel-fault" && text.includes("nvme0n1")),
);
say(`a fault written after it is found after ${((performance.now() - writtenAtMs) / 1000).toFixed(1)} s`);

async function flood(): Promise<void> {
  const beganAtMs = performance.now();
  for (let written = 0; written < seconds * linesPerSecond; ) {
    const due = Math.min(seconds, (performance.now() - beganAtMs) / 1000) * linesPerSecond;
    for (; written < due; written += 1) machine.scene.kernel(noise, 6);
    await sleep(partMs);
  }
}

/** Of user and system, as the kernel counts it for a process. */
function processorSeconds(of: number): number {
  const [, rest = ""] = readFileSync(`/proc/${of}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
