/**
 * Finds what a message of the kernel means. All patterns joined into one are held against each message first: that costs about 1 µs, and hardly
 * ever goes further.
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
  if (!anyPattern.test(message)) return undefined;
  for (const { kind, pattern } of forms) {
    const match = pattern.exec(message);
    if (match !== null) return { code: codeOf(kind, match.groups), device: deviceOf(match.groups), kind };
  }
  return undefined;
}

const forms = faultKinds.flatMap((kind) => kind.forms.map(({ pattern }) => ({ kind, pattern })));

/** Groups may bear a name only once in a pattern, so here they bear none. */
const anyPattern = new RegExp(forms.map(({ pattern }) => `(?:${pattern.source.replaceAll(/\(\?<\w+>/g, "(?:")})`).join("|"));

type Groups = Readonly<Record<string, string | undefined>> | undefined;

function codeOf(kind: FaultKind, groups: Groups): string {
  const number = groups?.["number"];
  return number === undefined ? kind.code : `${kind.code}-${Number(number)}`;
}

const maximumDeviceBytes = 128;
/** A PCI device without its function, as NVIDIA's driver names its GPUs: they are always function 0. */
const pciSlot = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}$/;

function deviceOf(groups: Groups): string {
  const device = groups?.["device"] ?? groups?.["port"] ?? "";
  return pciSlot.test(device) ? `${device}.0` : printable(device, maximumDeviceBytes);
}
