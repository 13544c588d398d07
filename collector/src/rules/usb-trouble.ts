/**
 * A USB device or port gives trouble again and again, by the kernel log: a device that does not answer when it is plugged in, a disk behind a bridge that
 * does not answer commands, a port that switched off for too much current. Cables, hubs and supplies are to blame more often than disks. Resets alone are
 * how enclosures wake up, and are told when they come by the dozen. And a disk that could run at USB 3 runs at USB 2: mostly the wrong port or cable.
 */
import { type BlockDevice, type KernelFault, Outcome } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredInTens } from "./support/measure.ts";
import { isoTime, onOurClock } from "./support/node-clock.ts";

const dayMs = 24 * 3_600_000;
/** USB 2 at its fastest; bridges that speak UAS were made for USB 3. */
const usb2BitsPerSecond = 480_000_000;

export const usbTrouble: Rule = defineRule({
  code: "usb-trouble",
  title: "Trouble with USB",
  severity: "low",
  holdMs: 0, // it has come often enough
  clearMs: 0, // the day after the last time is in the condition
  dependsOn: ["node-not-reporting", "raspberry-pi-power"],
  evaluate: (view) => [...judgeFaults(view), ...judgeLinks(view)],
});

/** From how often on since the start of the machine it is told, by the code of the fault, and what it says. */
const troubles: Readonly<Record<string, { readonly from: number; readonly text: string }>> = {
  "usb-over-current": { from: 1, text: "a port switched off because too much current flowed" },
  "usb-enumeration-failed": { from: 3, text: "a device does not answer when it is plugged in or reset" },
  "usb-storage-abort": { from: 3, text: "a disk behind a bridge does not answer commands" },
  "usb-reset": { from: 24, text: "a device is reset again and again" },
};

function judgeFaults(view: NodeView): readonly Verdict[] {
  return valuesOf(view, "kernelFault").flatMap(({ subject, value }) => {
    const trouble = troubles[value.code];
    return trouble === undefined ? [] : [judgeFault(subject, value, trouble, view)];
  });
}

function judgeFault(
  told: SubjectView,
  fault: KernelFault,
  { from, text }: { readonly from: number; readonly text: string },
  view: NodeView,
): Verdict {
  const subject = { kind: told.kind, id: told.id };
  if (told.freshness !== "fresh" || told.outcome === Outcome.FAILED) {
    return { kind: "hold", subject, reason: "the kernel log is not known now" };
  }
  const count = told.samples.get("occurrences_total") ?? 1;
  if (told.outcome === Outcome.ABSENT || count < from) return { kind: "clear", subject };
  const lastAtMs = onOurClock(fault.lastAtUnixMs, view);
  if (lastAtMs === undefined) return { kind: "hold", subject, reason: "it is not known when it happened last" };
  if (view.nowMs - lastAtMs >= dayMs) return { kind: "clear", subject };
  const facts = {
    message: fault.message,
    code: fault.code,
    device: fault.device,
    occurrences_total: count,
    last_at: isoTime(lastAtMs),
  };
  return {
    kind: "raise",
    subject,
    text: `USB ${fault.device || "device"}: ${text}${count > 1 ? `, ${count} times` : ""}`,
    action: "Try another cable and port, and a hub with a supply of its own; read the kernel log around that time (dmesg -T).",
    evidence: evidenceOf(facts, told.readAtMs ?? told.observedAtMs),
    measure: measuredInTens("occurrences", count),
  };
}

function judgeLinks(view: NodeView): readonly Verdict[] {
  return valuesOf(view, "blockDevice").flatMap(({ subject, value }) =>
    value.usbBridge === undefined ? [] : [judgeLink(subject, value, value.usbBridge)],
  );
}

function judgeLink(
  told: SubjectView,
  { name, model }: BlockDevice,
  { driver, speedBitsPerSecond, vendorId, productId }: NonNullable<BlockDevice["usbBridge"]>,
): Verdict {
  const subject = { kind: told.kind, id: told.id };
  if (told.outcome === Outcome.ABSENT) return { kind: "clear", subject };
  if (!isFreshAndOk(told) || speedBitsPerSecond === undefined) {
    return { kind: "hold", subject, reason: "the speed of its link is not known now" };
  }
  const speed = Number(speedBitsPerSecond);
  if (driver !== "uas" || speed > usb2BitsPerSecond) return { kind: "clear", subject };
  return {
    kind: "raise",
    subject,
    text: `${model || name} (${name}) is made for USB 3 and is connected at ${Math.round(speed / 1e6)} Mbit/s`,
    action: "Plug it into a port for USB 3 (blue, or marked SS), with a cable that is made for it.",
    evidence: evidenceOf(
      { speed_bits_per_second: speed, driver, usb_id: `${vendorId}:${productId}` },
      told.readAtMs ?? told.observedAtMs,
    ),
  };
}
