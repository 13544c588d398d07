/**
 * What disks declare of their own health: NVMe log page 02h, ATA attributes, SCSI error counters.
 * Source: `smartctl --json` (smartmontools 7.0 or newer), one call for each NVMe controller and each sd disk; the arguments stand in
 * support/smart/questions.ts, and all of them only read. Needs root.
 *
 * Every disk has one subject. It is absent where there is no health to tell: virtual disks and LUNs (they are not asked), eMMC, empty
 * readers, disks that say they have no SMART, USB bridges that let none through. A machine with nothing but such has no disk health at all.
 *
 * No disk is woken: one in standby, or suspended by the kernel, is left asleep, and its last reading is said again with its time. Spinning
 * disks are read once an hour, so that their own count to standby can end, and disks behind USB bridges every six hours.
 */
import { PowerState, type Subject } from "@nodekeeper/proto";
import { AppError, type ErrorCode } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { type Reading, readFile, readNames } from "../host/reading.ts";
import {
  absentSubject,
  completeList,
  failedSubject,
  incompleteList,
  okSubject,
  type Payload,
  type Sample,
  type SubjectReference,
  type SubjectValue,
} from "../payload.ts";
import { defineProbe, type LastReadAt, type Probe } from "../probe.ts";
import type { RawBlockDevices } from "./support/block/raw-block-device.ts";
import { readBlockDevices } from "./support/block/read-block-devices.ts";
import { askDisks } from "./support/smart/ask-disks.ts";
import { type HealthAnswer, judgeAnswer } from "./support/smart/health-answer.ts";
import { healthSamples } from "./support/smart/health-samples.ts";
import { type HealthTarget, healthTargets } from "./support/smart/health-targets.ts";
import type { Question } from "./support/smart/questions.ts";
import type { Answer, LoneController, RawSmart } from "./support/smart/raw-smart.ts";

/** What a virtual disk may answer without anything having failed: nobody promised that it has health to tell. */
const silence: readonly ErrorCode[] = [
  "HOST_COMMAND_MISSING",
  "HOST_COMMAND_FAILED",
  "HOST_ANSWER_MALFORMED",
  "HOST_NOT_SUPPORTED",
];

/** The probe. */
export const smart: Probe<RawSmart> = defineProbe({
  name: "smart",
  title: "health of disks",
  intervalMs: 300_000,
  minimumIntervalMs: 60_000,
  maximumIntervalMs: 24 * 3_600_000,
  timeoutMs: 120_000,
  needs: { paths: ["/sys/block", "/sys/class/nvme", "/dev"], commands: ["smartctl"], root: true },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal, lastReadAt?: LastReadAt): Promise<RawSmart> {
  const blockDevices = await readBlockDevices(host, signal);
  const loneControllers = await readLoneControllers(host, blockDevices);
  const { targets } = healthTargets({ blockDevices, loneControllers });
  return { blockDevices, loneControllers, answers: await askDisks(host, targets, lastReadAt, signal) };
}

function parse(raw: RawSmart): Payload | undefined {
  if (raw.blockDevices.listError !== undefined) throw raw.blockDevices.listError;
  const { targets, incompleteBecause } = healthTargets(raw);
  const told = targets.map((target) => tell(target, raw.answers));
  const isAbsent = incompleteBecause === undefined && told.every(({ isMute }) => isMute);
  if (isAbsent) return undefined;
  return {
    subjects: told.map(({ subject }) => subject),
    lists: [incompleteBecause === undefined ? completeList("disk_health") : incompleteList("disk_health", incompleteBecause)],
    samples: told.flatMap(({ samples }) => samples),
    carried: told.flatMap(({ carried }) => carried),
  };
}

async function readLoneControllers(host: Host, { devices }: RawBlockDevices): Promise<Reading<readonly LoneController[]>> {
  const names = await readNames(host, "/sys/class/nvme");
  if (names.outcome !== "ok") return names;
  const used = new Set(devices.flatMap((device) => device.nvmeControllers.map(({ name }) => name)));
  const value = await Promise.all(names.value.filter((name) => !used.has(name)).map((name) => readLoneController(host, name)));
  return { ...names, value };
}

async function readLoneController(host: Host, name: string): Promise<LoneController> {
  const folder = `/sys/class/nvme/${name}`;
  const [model, serial, transport] = await Promise.all([
    readFile(host, `${folder}/model`),
    readFile(host, `${folder}/serial`),
    readFile(host, `${folder}/transport`),
  ]);
  return { name, model, serial, transport };
}

/** What is said of one disk. */
interface Told {
  readonly subject: Subject;
  readonly samples: readonly Sample[];
  readonly carried: readonly SubjectReference[];
  readonly isMute: boolean;
}

function tell(target: HealthTarget, answers: RawSmart["answers"]): Told {
  const { id } = target;
  if (target.kind === "mute") return plainly(absentSubject("disk_health", id), true);
  if (target.kind === "failed") return plainly(failedSubject("disk_health", id, target.error));
  const answer = answers.get(target.question.device);
  if (answer?.kind === "resting") return carry(id, { device: target.question.device });
  const judged = judge(target.question, answer);
  switch (judged.outcome) {
    case "ok":
      return { ...plainly(okSubject("disk_health", id, judged.health)), samples: healthSamples(id, judged.health) };
    case "asleep":
      return carry(id, { device: target.question.device, protocol: judged.protocol, powerState: PowerState.STANDBY });
    case "absent":
      return plainly(absentSubject("disk_health", id), true);
    case "failed":
      return plainly(failedSubject("disk_health", id, judged.error));
  }
}

function judge(question: Question, answer: Exclude<Answer, { kind: "resting" }> | undefined): HealthAnswer {
  const judged = judgeAny(question, answer);
  const isSilent = question.isVirtual && judged.outcome === "failed" && silence.includes(judged.error.code);
  return isSilent ? { outcome: "absent" } : judged;
}

function judgeAny({ device }: Question, answer: Exclude<Answer, { kind: "resting" }> | undefined): HealthAnswer {
  switch (answer?.kind) {
    case "answered":
      return judgeAnswer(device, answer.result);
    case "suspended":
      return { outcome: "asleep", protocol: "" };
    case "failed":
      return { outcome: "failed", error: answer.error };
    case undefined:
      return { outcome: "failed", error: new AppError("INTERNAL", `${device} was not asked`) };
  }
}

function plainly(subject: Subject, isMute = false): Told {
  return { subject, samples: [], carried: [], isMute };
}

/** Only what this run knows is set; the rest is what an earlier run read. */
function carry(id: string, value: SubjectValue<"disk_health">): Told {
  return { ...plainly(okSubject("disk_health", id, value)), carried: [{ kind: "disk_health", id }] };
}
