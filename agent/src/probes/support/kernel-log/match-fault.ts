/**
 * Finds what a message of the kernel means. Its first character tells which patterns are worth trying, and those, joined into one, are held
 * against it: that hardly ever goes further. It must be cheap without a compiler, too: the agent runs V8 in its lite mode.
 */
import { printable } from "../printable.ts";
import type { FaultKind } from "./fault-kind.ts";
import { faultKinds } from "./faults/index.ts";

/** What a message means. */
export interface MatchedFault {
  /** The kind's code; for events that have numbers, with the number. */
  readonly code: string;
  /** As the kernel names it; "" where it names none. */
  readonly device: string;
  readonly kind: FaultKind;
}

/** The first kind in the table that a message fits. */
export function matchFault(message: string): MatchedFault | undefined {
  const initial = message.charAt(0);
  if (!(patternsByInitial.get(initial) ?? patternsOfAny).test(message)) return undefined;
  for (const { kind, pattern } of forms) {
    const match = pattern.exec(message);
    if (match === null) continue;
    return { code: codeOf(kind, match.groups), device: deviceOf(match.groups), kind: kindOf(kind, match.groups) };
  }
  return undefined;
}

const forms = faultKinds.flatMap((kind) => kind.forms.map(({ pattern }) => ({ kind, pattern })));
const patterns = [...new Set(forms.map(({ pattern }) => pattern.source))];

/** The letter or bracket that every match begins with; undefined where that may be one of several. */
function initialOf(pattern: string): string | undefined {
  // A group at the start counts where it has no alternatives; what stands in a class, or may be left out, does not.
  return /^\^(?:\(\?<\w+>(?=[^()|]*\)))?(?:([A-Za-z])(?![?*{|])|\\([{[]))/
    .exec(pattern)
    ?.slice(1)
    .find((each) => each !== undefined);
}

/** Groups may bear a name only once in a pattern, so here they bear none. */
function join(sources: readonly string[]): RegExp {
  return new RegExp(sources.map((source) => `(?:${source.replaceAll(/\(\?<\w+>/g, "(?:")})`).join("|"));
}

const patternsOfAny = join(patterns.filter((pattern) => initialOf(pattern) === undefined));
const patternsByInitial: ReadonlyMap<string | undefined, RegExp> = new Map(
  patterns
    .map(initialOf)
    .map((initial) => [initial, join(patterns.filter((pattern) => [initial, undefined].includes(initialOf(pattern))))]),
);

type Groups = Readonly<Record<string, string | undefined>> | undefined;

function codeOf(kind: FaultKind, groups: Groups): string {
  const number = groups?.["number"];
  return number === undefined ? kind.code : `${kind.code}-${Number(number)}`;
}

/** Of an event with a number what that means, where it is known. */
function kindOf(kind: FaultKind, groups: Groups): FaultKind {
  return kind.numbered?.get(Number(groups?.["number"])) ?? kind;
}

const maximumDeviceBytes = 128;
/** A PCI device without its function, as NVIDIA's driver names its GPUs: they are always function 0. */
const pciSlot = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}$/;

function deviceOf(groups: Groups): string {
  const device = groups?.["device"] ?? groups?.["port"] ?? "";
  return pciSlot.test(device) ? `${device}.0` : printable(device, maximumDeviceBytes);
}
