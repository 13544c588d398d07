/** What somebody can decide about a finding or a node, as choices with words. Pure. */
import type { DecisionKind, DecisionRequest, Finding } from "@nodekeeper/shared/api";

/** One of several possibilities, the first of which is meant where nobody chooses. */
export interface Choice<Value> {
  readonly text: string;
  readonly value: Value;
}

/** A decision that somebody may take. */
export interface Offer {
  readonly kind: DecisionKind;
  /** On the button. */
  readonly verb: string;
  /** What follows from it, in a sentence. */
  readonly meaning: string;
  /** What it is about. */
  readonly subjects: readonly Choice<Pick<DecisionRequest, "finding" | "scope">>[];
  /** Seconds; undefined: without an end. */
  readonly durations: readonly Choice<number | undefined>[];
}

const hour = 3_600;
const day = 24 * hour;

/** Of an open finding. Advice alone can be accepted; what holds already is not offered again. */
export function offersFor(finding: Finding): readonly Offer[] {
  const { node, severity, attention } = finding;
  const held = new Set(attention?.decisions.map(({ kind }) => kind));
  const isSetAside = attention?.isSetAside === true;
  return [
    ...(isSetAside ? [] : [acknowledgeOf(finding)]),
    ...(isSetAside || severity !== "low" ? [] : [acceptOf(finding)]),
    ...(held.has("mute") ? [] : [muteOf(finding)]),
    ...(node === "" || held.has("maintenance") ? [] : [maintenanceOf(node)]),
  ];
}

/** Work on a node. */
export function maintenanceOf(node: string): Offer {
  return {
    kind: "maintenance",
    verb: "Maintenance",
    meaning: `Somebody works on ${node}: its findings count and nobody is told, and nothing is taken from it meanwhile.`,
    subjects: [{ text: node, value: { scope: { node } } }],
    durations: lasting(
      [1, "hour", hour],
      [2, "hours", hour],
      [4, "hours", hour],
      [8, "hours", hour],
      [1, "day", day],
      [3, "days", day],
    ),
  };
}

/** The body of the request. */
export function requestOf(offer: Offer, subject: number, duration: number, reason: string): DecisionRequest {
  const forSeconds = offer.durations[duration]?.value;
  return {
    kind: offer.kind,
    ...offer.subjects[subject]?.value,
    ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
    ...(forSeconds === undefined ? {} : { forSeconds }),
  };
}

function acknowledgeOf({ id }: Finding): Offer {
  return {
    kind: "acknowledge",
    verb: "Acknowledge",
    meaning: "It is known: it does not count and nobody is told, until it gets worse or comes again.",
    subjects: [{ text: "this finding", value: { finding: id } }],
    durations: [
      { text: "until it is worse or over", value: undefined },
      ...lasting([1, "day", day], [7, "days", day], [30, "days", day]),
    ],
  };
}

function acceptOf({ id }: Finding): Offer {
  return {
    kind: "accept",
    verb: "Accept",
    meaning: "This advice is known and stays as it is: it does not count, however often it comes.",
    subjects: [{ text: "this finding", value: { finding: id } }],
    durations: [{ text: "for good", value: undefined }, ...lasting([30, "days", day], [365, "days", day])],
  };
}

function muteOf({ id, node, rule }: Finding): Offer {
  const place = node === "" ? "the cluster" : node;
  return {
    kind: "mute",
    verb: "Mute",
    meaning: "Nobody is told of it for a while. It counts, and is shown.",
    subjects: [
      { text: "this finding", value: { finding: id } },
      { text: `${rule} on ${place}`, value: { scope: { node, rule } } },
      { text: `everything on ${place}`, value: { scope: { node } } },
      { text: `${rule} everywhere`, value: { scope: { rule } } },
    ],
    durations: lasting([1, "hour", hour], [8, "hours", hour], [1, "day", day], [7, "days", day], [30, "days", day]),
  };
}

function lasting(...times: readonly (readonly [count: number, unit: string, seconds: number])[]): readonly Choice<number>[] {
  return times.map(([count, unit, seconds]) => ({ text: `for ${count} ${unit}`, value: count * seconds }));
}
