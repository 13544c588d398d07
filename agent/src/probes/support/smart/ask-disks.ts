/** Asks disks for their health: several at once, but of one USB bridge one after the other, and none that sleeps or rests. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { readFile } from "../../../host/reading.ts";
import type { LastReadAt, Past } from "../../../probe.ts";
import { textOf } from "../block/file-values.ts";
import { forEachLimited } from "../for-each-limited.ts";
import { isOfUnknownBridge } from "./health-answer.ts";
import type { HealthTarget } from "./health-targets.ts";
import { type Question, questionKey } from "./questions.ts";
import type { Answer } from "./raw-smart.ts";

/** Disks that answer take a tenth of a second, a spinning one under load some seconds. */
const timeoutMs = 20_000;
/** smartctl ends at once when it is asked to, unless its device holds it: then it may still end by itself for so long before it is killed. */
const killAfterMs = 25_000;
/** A machine with many disks does not start as many programs at once. */
const maximumLanesAtOnce = 8;
/** A run may come this much early, by jitter, and still be the one in which a rested disk is asked. */
const toleranceMs = 2 * 60_000;
/** Nor earlier than by this part of the rest. */
const toleranceShare = 1 / 20;

/** What is known from before. */
export interface Earlier {
  readonly lastReadAt: LastReadAt | undefined;
  readonly past: Past | undefined;
}

/** Answers by question. */
export async function askDisks(
  host: Host,
  targets: readonly HealthTarget[],
  earlier: Earlier,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const { wallMs } = await host.time();
  const lanes = new Map<string, Question[]>();
  for (const target of targets) {
    if (target.kind !== "ask" && target.kind !== "member") continue;
    const { id, question } = target;
    const key = questionKey(question);
    const lane = lanes.get(question.lane) ?? [];
    if (answers.has(key) || lane.some((each) => questionKey(each) === key)) continue;
    const rest = id === undefined ? undefined : restOf(question, id, wallMs, earlier);
    if (rest === undefined) lanes.set(question.lane, [...lane, question]);
    else answers.set(key, rest);
  }
  await forEachLimited([...lanes.values()], maximumLanesAtOnce, async (lane) => {
    for (const question of lane) answers.set(questionKey(question), await ask(host, question, signal));
  });
  return answers;
}

/** Undefined where the disk is to be asked. A clock that was set back makes a try come from the future: then it is, too. */
function restOf(question: Question, id: string, nowMs: number, { lastReadAt, past }: Earlier): Answer | undefined {
  const earlierFailure = past?.failureOf("disk_health", id);
  // Without smartctl it was not asked: whoever installs it sees the disk in the next run.
  const failure = earlierFailure?.error.code === "HOST_COMMAND_MISSING" ? undefined : earlierFailure;
  const triedAtMs = failure?.atMs ?? lastReadAt?.("disk_health", id);
  if (triedAtMs === undefined || triedAtMs > nowMs) return undefined;
  const usualMs = failure === undefined ? question.restMs : question.restAfterFailureMs;
  const isFaulty = [...(past?.faulty ?? [])].some((name) => isPartOf(name, question.device.slice("/dev/".length)));
  const restMs = isFaulty ? question.restAfterFaultMs : usualMs;
  if (nowMs - triedAtMs >= restMs - Math.min(toleranceMs, restMs * toleranceShare)) return undefined;
  return failure === undefined ? { kind: "resting" } : { kind: "resting after failure", error: failure.error };
}

/** Whether a name of the kernel is that of a disk or of a part of it: sda and sda1 of sda, nvme0n1 and nvme0n1p2 of nvme0. */
function isPartOf(name: string, disk: string): boolean {
  return name.startsWith(disk) && /^(?:\d+|n\d+(?:p\d+)?)?$/.test(name.slice(disk.length));
}

async function ask(host: Host, question: Question, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  if (await isSuspended(host, question)) return { kind: "suspended" };
  const { usbDevice, ifBridgeIsUnknown } = question;
  const options = { timeoutMs, killAfterMs, signal, ...(usbDevice === undefined ? {} : { usbDevice }) };
  try {
    const result = await host.run("smartctl", question.arguments, options);
    if (ifBridgeIsUnknown === undefined || !isOfUnknownBridge(result)) {
      return { kind: "answered", result, deviceType: question.deviceType };
    }
    const second = await host.run("smartctl", ifBridgeIsUnknown.arguments, options);
    return { kind: "answered", result: second, deviceType: ifBridgeIsUnknown.deviceType };
  } catch (thrown) {
    signal.throwIfAborted();
    return { kind: "failed", error: explained(AppError.from(thrown, "HOST_COMMAND_FAILED"), question) };
  }
}

async function isSuspended(host: Host, { runtimeStatusPath }: Question): Promise<boolean> {
  return runtimeStatusPath !== undefined && textOf(await readFile(host, runtimeStatusPath)) === "suspended";
}

function explained(error: AppError, { device }: Question): AppError {
  if (error.code !== "HOST_COMMAND_MISSING") return error;
  const message = `the health of ${device} cannot be read: smartctl is not installed; install the package smartmontools`;
  return new AppError("HOST_COMMAND_MISSING", message, { cause: error });
}
