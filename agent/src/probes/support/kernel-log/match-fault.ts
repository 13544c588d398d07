/** Finds what a message of the kernel means. One search for all marks together passes over nearly every message. */
import { printable } from "../printable.ts";
import type { FaultForm, FaultKind } from "./fault-kind.ts";
import { faultKinds } from "./faults/index.ts";

/** What a message means. */
export interface MatchedFault {
  /** The kind's code; for events that have numbers, with the number. */
  readonly code: string;
  /** As the kernel names it; "" where it names none. */
  readonly device: string;
  readonly kind: FaultKind;
}

/** Whether a record may mean something: cheap, and right when it says no. */
export function mayBeFault(record: string): boolean {
  return anyMark.test(record);
}

/** The first kind in the table that a message fits. */
export function matchFault(message: string): MatchedFault | undefined {
  for (const { kind, form } of forms) {
    if (!message.includes(form.mark)) continue;
    const groups = form.pattern.exec(message)?.groups;
    const isMatch = groups !== undefined || form.pattern.test(message);
    if (isMatch) return { code: codeOf(kind, groups), device: deviceOf(groups), kind };
  }
  return undefined;
}

const forms: readonly { readonly kind: FaultKind; readonly form: FaultForm }[] = faultKinds.flatMap((kind) =>
  kind.forms.map((form) => ({ kind, form })),
);

const anyMark = new RegExp([...new Set(forms.map(({ form }) => escapeRegExp(form.mark)))].join("|"));

function escapeRegExp(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}

type Groups = Readonly<Record<string, string | undefined>>;

function codeOf(kind: FaultKind, groups: Groups | undefined): string {
  const number = groups?.["number"];
  return number === undefined ? kind.code : `${kind.code}-${Number(number)}`;
}

const maximumDeviceBytes = 128;
/** A PCI device without its function, as NVIDIA's driver names its GPUs: they are always function 0. */
const pciSlot = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}$/;

function deviceOf(groups: Groups | undefined): string {
  const device = groups?.["device"] ?? groups?.["port"] ?? "";
  return pciSlot.test(device) ? `${device}.0` : printable(device, maximumDeviceBytes);
}
