/** One disk in one line, from what its node says of it and what was found about it. Pure. */
import type { Disk, DiskFinding, Finding, SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, hasField, numberField, textField } from "@nodekeeper/shared/fields";
import { diskTemperatureCelsius, wornPercent } from "@nodekeeper/shared/readings";
import { byLoudness } from "../present/finding-order.ts";

/** Makes the line of a disk that is there. `findings` are those about it. */
export function diskOf(node: string, disk: SubjectBody, health: SubjectBody | undefined, findings: readonly Finding[]): Disk {
  const isCurrent = health !== undefined && health.outcome === "ok" && health.freshness === "fresh";
  return {
    ...{ node, id: disk.id, kind: kindOf(disk, health) },
    ...known({
      name: nonEmpty(textField(disk, "name")),
      bus: nonEmpty(textField(disk, "bus")),
      model: nonEmpty(textField(disk, "model")) ?? (health && nonEmpty(textField(health, "modelName"))),
      serial: nonEmpty(textField(disk, "serial")) ?? (health && nonEmpty(textField(health, "serialNumber"))),
      firmware: nonEmpty(textField(disk, "firmwareRevision")) ?? (health && nonEmpty(textField(health, "firmwareVersion"))),
      sizeBytes: numberField(disk, "sizeBytes"),
      wornPercent: wornPercent(disk, health),
      // An old temperature beside new ones would pass for new.
      temperatureCelsius: isCurrent ? diskTemperatureCelsius(health) : undefined,
      powerOnHours: health && numberField(health, "powerOnHours"),
      observedAt: disk.observedAt,
      healthReadAt: health?.readAt,
    }),
    ...conditionOf(disk, health, findings),
    freshness: disk.freshness,
    findings: linesOf(findings),
  };
}

/** Findings about a disk, each in one line, the loudest first. */
export function linesOf(findings: readonly Finding[]): DiskFinding[] {
  return [...findings].sort(byLoudness).map(({ id, rule, severity, state, text, attention }) => ({
    ...{ id, rule, severity, state, text },
    ...(attention?.isSetAside === true ? { isSetAside: true } : {}),
  }));
}

/** Leaves out what is unknown. */
export function known<Facts extends object>(facts: Facts): { [Name in keyof Facts]?: Exclude<Facts[Name], undefined> } {
  // Only the entries that have a value are left, which Object.fromEntries does not carry over to the types.
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Facts]?: Exclude<Facts[Name], undefined>;
  };
}

function kindOf(disk: SubjectBody, health: SubjectBody | undefined): Disk["kind"] {
  const bus = textField(disk, "bus");
  if (booleanField(disk, "isVirtual") === true || bus === "virtio") return "virtual";
  if (bus === "nvme") return "nvme";
  if (bus === "mmc" || hasField(disk, "flashLife")) return "flash";
  // A USB bridge often says that what is behind it turns; the disk itself knows better.
  const turnsPerMinute = health && numberField(health, "rotationRateRpm");
  const isRotational = turnsPerMinute === undefined ? booleanField(disk, "isRotational") : turnsPerMinute > 0;
  if (booleanField(disk, "isRemovable") === true && isRotational !== true) return "flash";
  return isRotational === undefined ? "unknown" : isRotational ? "hdd" : "ssd";
}

function conditionOf(
  disk: SubjectBody,
  health: SubjectBody | undefined,
  findings: readonly Finding[],
): Pick<Disk, "health" | "reason"> {
  const counting = findings.filter(
    ({ state, suppressedBy, attention }) => state === "firing" && suppressedBy === undefined && attention?.isSetAside !== true,
  );
  const [loudest] = counting.filter(({ severity }) => severity !== "low").sort(byLoudness);
  if (loudest !== undefined) return { health: loudest.severity === "high" ? "failed" : "degraded", reason: sentence(loudest) };
  const unknown = whyUnknown(disk, health);
  return unknown === undefined
    ? { health: "ok", reason: "it was asked, and nothing is wrong" }
    : { health: "unknown", reason: unknown };
}

function whyUnknown(disk: SubjectBody, health: SubjectBody | undefined): string | undefined {
  if (disk.freshness !== "fresh") return `its node said last at ${disk.observedAt ?? "an unknown time"} that it is there`;
  if (disk.outcome === "failed") return disk.failure?.message ?? "it could not be read";
  if (health === undefined) return "nobody asked it for its health";
  if (health.outcome === "absent") return "it tells nothing of its health (no SMART)";
  if (health.outcome === "failed") return health.failure?.message ?? "its health could not be read";
  if (health.value === undefined) return "its health was never read";
  return health.freshness === "fresh" ? undefined : `its health was read last at ${health.readAt ?? "an unknown time"}`;
}

function sentence({ text }: Finding): string {
  return text.replace(/\.$/, "");
}

function nonEmpty(text: string): string | undefined {
  return text === "" ? undefined : text;
}
