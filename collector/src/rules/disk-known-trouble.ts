/** Something is known of the model, the firmware or the USB bridge of a disk. Advice, not a fault: it is said once and stands quietly. */
import { Outcome } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk } from "./support/disk-verdicts.ts";
import { evidenceOf, type Fact } from "./support/evidence.ts";

export const diskKnownTrouble: Rule = defineRule({
  code: "disk-known-trouble",
  title: "Known trouble with this model",
  severity: "low",
  holdMs: 0,
  clearMs: 24 * 3_600_000, // a bridge that answers differently now and then is not said twice
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => [...concludeOnDisks(view, concludeOnDisk), ...judgeBridges(view)],
});

function concludeOnDisk({ health, name, readAtMs }: KnownDisk): Conclusion {
  const facts = { model: health.modelName, firmware: health.firmwareVersion };
  return conclusionOf(name, health.knownTrouble, facts, readAtMs);
}

function judgeBridges(view: NodeView): readonly Verdict[] {
  return valuesOf(view, "blockDevice").map(({ subject, value }) => {
    const ref = { kind: subject.kind, id: subject.id };
    if (subject.outcome === Outcome.ABSENT) return { kind: "clear", subject: ref };
    if (!isFreshAndOk(subject)) return { kind: "hold", subject: ref, reason: "its USB bridge is not known now" };
    const bridge = value.usbBridge;
    if (bridge === undefined) return { kind: "clear", subject: ref };
    const name = `${[bridge.manufacturer, bridge.product].filter(Boolean).join(" ") || "USB bridge"} (${value.name})`;
    const facts = { usb_id: `${bridge.vendorId}:${bridge.productId}`, driver: bridge.driver };
    const trouble = bridge.knownTrouble === "" ? [] : [bridge.knownTrouble];
    return { ...conclusionOf(name, trouble, facts, readAt(subject)), subject: ref };
  });
}

function conclusionOf(
  name: string,
  trouble: readonly string[],
  facts: Readonly<Record<string, Fact>>,
  readAtMs: number,
): Conclusion {
  if (trouble.length === 0) return { kind: "clear" };
  return {
    kind: "raise",
    text: `${name}: ${trouble.map((sentence) => sentence.replace(/\.$/, "")).join("; ")}`,
    action: "Nothing, while it works as it should; keep it in mind when it does not.",
    evidence: evidenceOf(facts, readAtMs),
  };
}

function readAt(subject: SubjectView): number {
  return subject.readAtMs ?? subject.observedAtMs;
}
