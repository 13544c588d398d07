/** Versions of programs that are too large to be run often: an answer is kept until the next hour, or until there is reason to ask again. */
import { AppError } from "@nodekeeper/shared";
import type { CommandName } from "../../../host/commands.ts";
import type { Host } from "../../../host/host.ts";
import { isSamePeriod } from "../is-same-period.ts";
import { printable } from "../printable.ts";

/** What a program said of its version. */
export type RawVersion =
  | { readonly printed: string }
  /** It was not asked: the version is that of an earlier run. */
  | { readonly known: string };

/** When and what was answered before; an empty version is none. */
export interface KnownVersion {
  readonly version: string;
  readonly lastRunMs: number | undefined;
}

/** Asks for it unless it is known. A program that is not there, or does not answer, prints nothing. */
export async function readVersion(
  host: Host,
  command: CommandName,
  { version, lastRunMs }: KnownVersion,
  signal: AbortSignal,
): Promise<RawVersion> {
  const { wallMs } = await host.time();
  if (version !== "" && isSamePeriod(lastRunMs, wallMs, restMs)) return { known: version };
  try {
    const { exitCode, stdout } = await host.run(command, ["--version"], { timeoutMs: versionTimeoutMs, signal });
    return { printed: exitCode === 0 ? stdout : "" };
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AppError) return { printed: "" };
    throw thrown;
  }
}

/** The version, by the part of a pattern that finds it in what was printed; empty where that says none. */
export function versionIn(raw: RawVersion, pattern: RegExp): string {
  return "known" in raw ? raw.known : printable(pattern.exec(raw.printed)?.[1] ?? "", 64);
}

const versionTimeoutMs = 10_000;
const restMs = 3_600_000;
