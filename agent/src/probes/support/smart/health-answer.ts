/** What smartctl's answer says of a disk's health, as one of four outcomes. Pure. See smartctl(8), EXIT STATUS and -j. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DiskHealthSchema } from "@nodekeeper/proto";
import { AppError, type ErrorCode } from "@nodekeeper/shared";
import type { CommandResult } from "../../../host/host.ts";
import { isVirtualIdentity } from "../block/attachment.ts";
import { at, elementsOf, textOf } from "../document-values.ts";
import { diskHealthOf } from "./disk-health.ts";
import { parseExactJson } from "./exact-json.ts";

/** What came of asking a disk. */
export type HealthAnswer =
  | { readonly outcome: "ok"; readonly health: MessageInitShape<typeof DiskHealthSchema> }
  /** It sleeps and was left asleep. */
  | { readonly outcome: "asleep"; readonly protocol: string }
  /** It has no health to tell. */
  | { readonly outcome: "absent" }
  | { readonly outcome: "failed"; readonly error: AppError };

/** Bits of the exit status with which there is no reading: the arguments were not understood, the device could not be opened. All others are findings. */
const noReadingBits = 0b11;

/** Printed with -n where a disk sleeps, whatever the exit status that was asked for. */
const asleepMessage = /^Device is in [A-Z_ ()]+ mode, exit\(/;

/** smartctl knows how to speak to a USB bridge by its USB id alone, and says this before it opens anything. */
const unknownBridge = /Unknown USB bridge/;

/** What messages mean, the first that fits. */
const meanings: readonly { readonly pattern: RegExp; readonly code: ErrorCode; readonly advice: string }[] = [
  { pattern: /Permission denied|Operation not permitted/i, code: "HOST_PERMISSION_DENIED", advice: "asking a disk needs root" },
  {
    pattern: unknownBridge,
    code: "HOST_NOT_SUPPORTED",
    advice: "smartctl's drive database does not know this USB bridge; a newer smartmontools may",
  },
];

/** Judges an answer. `device` is what was asked, e.g. /dev/nvme0. Never throws. */
export function judgeAnswer(device: string, result: CommandResult): HealthAnswer {
  try {
    return judgeDocument(device, result, documentOf(device, result));
  } catch (thrown) {
    return { outcome: "failed", error: AppError.from(thrown, "HOST_ANSWER_MALFORMED") };
  }
}

/** Whether smartctl did not know how to speak to the disk, and so has not. */
export function isOfUnknownBridge({ exitCode, stdout }: CommandResult): boolean {
  return exitCode === 1 && unknownBridge.test(stdout);
}

function documentOf(device: string, { exitCode, stdout, stderr }: CommandResult): unknown {
  if (stdout.includes("UNRECOGNIZED OPTION")) {
    throw new AppError(
      "HOST_NOT_SUPPORTED",
      `smartctl cannot print JSON about ${device}: it is older than 7.0; install a newer smartmontools`,
    );
  }
  if (stdout.trim() === "") {
    const reason = textOf(stderr) || "it does not say why";
    throw new AppError("HOST_ANSWER_MALFORMED", `smartctl printed nothing about ${device} (exit status ${exitCode}): ${reason}`);
  }
  return parseExactJson(stdout, `smartctl's answer about ${device}`);
}

function judgeDocument(device: string, { exitCode }: CommandResult, document: unknown): HealthAnswer {
  const messages = messagesOf(document);
  if (messages.some((message) => asleepMessage.test(message))) {
    return { outcome: "asleep", protocol: textOf(at(document, "device", "protocol"), 16) };
  }
  if ((exitCode & noReadingBits) !== 0) return withoutReading(device, exitCode, messages);
  if (hasNoHealth(document)) return { outcome: "absent" };

  const health = diskHealthOf(document);
  if (health !== undefined) return { outcome: "ok", health: { ...health, device, smartctlExitStatus: exitCode, messages } };
  if (at(document, "smart_support", "enabled") === false) {
    const message = `SMART is switched off on ${device}; switch it on by: smartctl --smart=on ${device}`;
    return { outcome: "failed", error: new AppError("HOST_NOT_SUPPORTED", message) };
  }
  return {
    outcome: "failed",
    error: failure("HOST_ANSWER_MALFORMED", `smartctl told nothing of the health of ${device}`, exitCode, messages),
  };
}

function messagesOf(document: unknown): string[] {
  const entries = elementsOf(at(document, "smartctl", "messages"));
  const texts = entries.map((entry) => textOf(at(entry, "string"))).filter((text) => text !== "");
  return texts.slice(0, 16);
}

/** The database of smartctl lists bridges that let no health through: that disk has none to tell here. */
function withoutReading(device: string, exitCode: number, messages: readonly string[]): HealthAnswer {
  if (messages.some((message) => message.includes("Unsupported USB bridge"))) return { outcome: "absent" };
  const meaning = meanings.find(({ pattern }) => messages.some((message) => pattern.test(message)));
  const what = `smartctl gave no reading of ${device}${meaning === undefined ? "" : ` (${meaning.advice})`}`;
  return { outcome: "failed", error: failure(meaning?.code ?? "HOST_COMMAND_FAILED", what, exitCode, messages) };
}

function failure(code: ErrorCode, what: string, exitCode: number, messages: readonly string[]): AppError {
  return new AppError(code, `${what}; exit status ${exitCode}: ${messages.join("; ") || "it does not say why"}`);
}

/** A disk that says it has no SMART, and a LUN of storage software, which says it is well whatever happens to the disks below it. */
function hasNoHealth(document: unknown): boolean {
  const support = at(document, "smart_support");
  if (support === false || at(support, "available") === false) return true;
  const vendor = textOf(at(document, "scsi_vendor")) || textOf(at(document, "vendor"));
  const product = textOf(at(document, "scsi_product")) || textOf(at(document, "product"));
  return at(document, "device", "protocol") === "SCSI" && isVirtualIdentity(vendor, product);
}
