/** What is said of one disk, by what came of asking it. Pure. */
import { PowerState, type Subject } from "@nodekeeper/proto";
import { AppError, type ErrorCode } from "@nodekeeper/shared";
import {
  absentSubject,
  failedSubject,
  okSubject,
  type Sample,
  type SubjectReference,
  type SubjectValue,
} from "../../../payload.ts";
import { type HealthAnswer, judgeAnswer } from "./health-answer.ts";
import { healthSamples } from "./health-samples.ts";
import { type HealthTarget, serialId } from "./health-targets.ts";
import { type Question, questionKey } from "./questions.ts";
import type { Answer, RawSmart } from "./raw-smart.ts";

/** What is said of one disk. */
export interface Told {
  /** Undefined where it cannot be told which disk it is. */
  readonly subject: Subject | undefined;
  readonly samples: readonly Sample[];
  readonly carried: readonly SubjectReference[];
  /** It has no health to tell. */
  readonly isMute: boolean;
  /** Set for a disk that cannot be told apart: a list without it is not whole. */
  readonly unnamedBecause?: AppError;
}

/** What a virtual disk may answer without anything having failed: nobody promised that it has health to tell. */
const silence: readonly ErrorCode[] = [
  "HOST_COMMAND_MISSING",
  "HOST_COMMAND_FAILED",
  "HOST_ANSWER_MALFORMED",
  "HOST_NOT_SUPPORTED",
];

/** Says what is known of a disk. */
export function tellDisk(target: HealthTarget, answers: RawSmart["answers"]): Told {
  if (target.kind === "mute") return plainly(absentSubject("disk_health", target.id), true);
  if (target.kind === "failed") return plainly(failedSubject("disk_health", target.id, target.error));
  const { question } = target;
  const answer = answers.get(questionKey(question));
  const judged = judge(question, answer);
  const told = judged.outcome === "ok" ? judged.health : undefined;
  const id = target.kind === "member" && told !== undefined ? serialId(told.modelName, told.serialNumber) : target.id;
  if (id === undefined) return unnamed(question, judged);
  if (answer?.kind === "resting") return carry(id, { device: question.device });
  switch (judged.outcome) {
    case "ok":
      return { ...plainly(okSubject("disk_health", id, judged.health)), samples: healthSamples(id, judged.health) };
    case "asleep":
      return carry(id, { device: question.device, protocol: judged.protocol, powerState: PowerState.STANDBY });
    case "absent":
      return plainly(absentSubject("disk_health", id), true);
    case "failed":
      return {
        ...plainly(failedSubject("disk_health", id, judged.error)),
        carried: answer?.kind === "resting after failure" ? [{ kind: "disk_health", id }] : [],
      };
  }
}

function judge(question: Question, answer: Answer | undefined): HealthAnswer {
  const judged = judgeAny(question, answer);
  const isSilent = question.isVirtual && judged.outcome === "failed" && silence.includes(judged.error.code);
  return isSilent ? { outcome: "absent" } : judged;
}

function judgeAny({ device, deviceType }: Question, answer: Answer | undefined): HealthAnswer {
  switch (answer?.kind) {
    case "answered": {
      const judged = judgeAnswer(device, answer.result);
      if (judged.outcome !== "ok") return judged;
      return { ...judged, health: { ...judged.health, smartctlDeviceType: answer.deviceType } };
    }
    case "suspended":
    case "resting":
      return { outcome: "asleep", protocol: "" };
    case "failed":
    case "resting after failure":
      return { outcome: "failed", error: answer.error };
    case undefined:
      return { outcome: "failed", error: new AppError("INTERNAL", `${device} ${deviceType} was not asked`) };
  }
}

function plainly(subject: Subject, isMute = false): Told {
  return { subject, samples: [], carried: [], isMute };
}

/** Only what this run knows is set; the rest is what an earlier run read. */
function carry(id: string, value: SubjectValue<"disk_health">): Told {
  return { ...plainly(okSubject("disk_health", id, value)), carried: [{ kind: "disk_health", id }] };
}

function unnamed({ device, deviceType }: Question, judged: HealthAnswer): Told {
  const none = { subject: undefined, samples: [], carried: [], isMute: false };
  const which = `which disk ${deviceType} of ${device} is`;
  switch (judged.outcome) {
    case "absent":
      return { ...none, isMute: true };
    case "failed":
      return { ...none, unnamedBecause: new AppError(judged.error.code, `${which} cannot be told: ${judged.error.message}`) };
    case "asleep":
      return { ...none, unnamedBecause: new AppError("HOST_NOT_SUPPORTED", `${which} cannot be told while it sleeps`) };
    case "ok":
      return {
        ...none,
        unnamedBecause: new AppError("HOST_ANSWER_MALFORMED", `${which} cannot be told: it does not say its serial number`),
      };
  }
}
