/** Records what the probes see of a host as a folder that replays to the same report: for bug reports and tests. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { AppError, type Clock } from "@nodekeeper/shared";
import { type Examination, runDoctor } from "./doctor.ts";
import type { Host } from "./host/host.ts";
import { createRecordingHost } from "./host/recording-host.ts";
import { findLeftover } from "./host/redaction/check-redacted.ts";
import type { IdentityKind } from "./host/redaction/identity-kind.ts";
import { type Redaction, redact } from "./host/redaction/redact.ts";
import type { Probe } from "./probe.ts";

/** What to record, and where to. */
export interface CaptureOptions {
  readonly host: Host;
  readonly probes: readonly Probe[];
  readonly clock: Clock;
  /** Must be empty or not be there yet. */
  readonly folder: string;
  /** True replaces what may tell whose machine it is. */
  readonly isRedacted: boolean;
  /** Decides what takes the place of what; 32 bytes. Random unless a test says otherwise. */
  readonly key?: Uint8Array;
  readonly signal: AbortSignal;
}

/** What was recorded. */
export interface Capture {
  readonly examinations: readonly Examination[];
  readonly fileCount: number;
  /** How many values of each kind were replaced; undefined where nothing was to be. */
  readonly replaced: ReadonlyMap<IdentityKind, number> | undefined;
  /** The same replacements in any other text about this host. */
  redactText(text: string): string;
}

/**
 * Records a host. A redacted recording is looked through once more as it lies on the disk: were anything left of what was to be replaced, it
 * is removed, and INTERNAL is thrown. Without a word about the value, since that is what must not be told.
 */
export async function captureHost({ host, probes, clock, folder, isRedacted, key, signal }: CaptureOptions): Promise<Capture> {
  const recorder = await createRecordingHost(host, folder);
  const examinations = await runDoctor({ host: recorder, probes, clock, signal });
  let redaction: Redaction | undefined;
  let fileCount = 0;
  try {
    await recorder.finish((content) => {
      if (isRedacted) redaction = redact(content, key ?? randomBytes(32));
      fileCount = content.files.length + content.outputs.length;
      return redaction?.content ?? content;
    });
    const leftover = redaction === undefined ? undefined : await findLeftover(folder, redaction.originals);
    if (leftover !== undefined) {
      throw new AppError(
        "INTERNAL",
        `something of this machine's identity was left in ${leftover.where}: ${redaction?.text(leftover.path)}. The recording was removed; please report this, without a recording`,
      );
    }
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
  return {
    examinations,
    fileCount,
    replaced: redaction?.counts,
    redactText: (text) => redaction?.text(text) ?? text,
  };
}
