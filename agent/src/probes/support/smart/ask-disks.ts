/** Asks disks for their health: several at once, but of one USB bridge one after the other, and none that sleeps or rests. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { readFile } from "../../../host/reading.ts";
import type { LastReadAt } from "../../../probe.ts";
import { textOf } from "../block/file-values.ts";
import { forEachLimited } from "../for-each-limited.ts";
import type { HealthTarget } from "./health-targets.ts";
import type { Question } from "./questions.ts";
import type { Answer } from "./raw-smart.ts";

/** Disks that answer take a tenth of a second, a spinning one under load some seconds. */
const timeoutMs = 20_000;
/** A machine with many disks does not start as many programs at once. */
const maximumLanesAtOnce = 8;
/** A run may come this much early, by jitter, and still be the one in which a rested disk is asked. */
const toleranceMs = 2 * 60_000;

/** Answers by what was asked. */
export async function askDisks(
  host: Host,
  targets: readonly HealthTarget[],
  lastReadAt: LastReadAt | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const { wallMs } = await host.time();
  const lanes = new Map<string, Question[]>();
  for (const target of targets) {
    if (target.kind !== "ask" || answers.has(target.question.device)) continue;
    const { id, question } = target;
    const isResting = rests(question, wallMs, lastReadAt?.("disk_health", id));
    if (isResting) answers.set(question.device, { kind: "resting" });
    const lane = lanes.get(question.lane) ?? [];
    const isKnown = isResting || lane.some(({ device }) => device === question.device);
    lanes.set(question.lane, isKnown ? lane : [...lane, question]);
  }
  await forEachLimited([...lanes.values()], maximumLanesAtOnce, async (lane) => {
    for (const question of lane) answers.set(question.device, await ask(host, question, signal));
  });
  return answers;
}

/** A clock that was set back makes a reading come from the future: then the disk is asked. */
function rests({ restMs }: Question, nowMs: number, readAtMs: number | undefined): boolean {
  return readAtMs !== undefined && readAtMs <= nowMs && nowMs - readAtMs < restMs - toleranceMs;
}

async function ask(host: Host, question: Question, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  if (await isSuspended(host, question)) return { kind: "suspended" };
  try {
    return { kind: "answered", result: await host.run("smartctl", question.arguments, { timeoutMs, signal }) };
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
