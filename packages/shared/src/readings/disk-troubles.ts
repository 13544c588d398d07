/** What a disk says is wrong with it. A counter that is not zero is told as what it is: only its change would say that something happens now. */
import type { SubjectBody } from "../api/node.ts";
import { formatCelsius, formatPercent } from "../format.ts";
import { innerSubject, innerSubjects, numberField, textField, textsField } from "./fields.ts";
import { diskTemperatureCelsius, wornPercent } from "./storage.ts";
import { byGravity, counted, type Trouble, type TroubleLevel } from "./trouble.ts";

/** One thing that is wrong with a disk. */
export type DiskTrouble = Omit<Trouble, "place">;

/** Bits of NVMe's critical warning (NVM Express Base Specification, log page 02h). */
const criticalWarnings: readonly (readonly [bit: number, level: TroubleLevel, text: string])[] = [
  [0, "high", "its spare capacity is below its own limit"],
  [1, "medium", "it is too hot or too cold by its own limits"],
  [2, "high", "it says that it is no longer reliable"],
  [3, "high", "it has made itself read-only"],
  [4, "high", "what protects its cache when power fails has failed"],
  [5, "high", "its persistent memory region is unreliable"],
];

/** Wear from which on it is said; at 100 the life that its maker promises is used up (NVM Express Base Specification: may exceed 100). */
const wornSoonPercent = 90;

/** The gravest first; empty where nothing is known to be wrong. */
export function diskTroubles(disk: SubjectBody, health: SubjectBody | undefined): readonly DiskTrouble[] {
  const troubles = [
    ...(health === undefined ? [] : [...declared(health), ...counters(health), ...heat(health), ...tests(health)]),
    ...wear(disk, health),
    ...advice(disk, health),
  ];
  return byGravity(troubles.map((trouble) => ({ ...trouble, place: "" }))).map(({ level, text }) => ({ level, text }));
}

function declared(health: SubjectBody): readonly DiskTrouble[] {
  const nvme = innerSubject(health, "nvme");
  const bits = numberField(nvme, "criticalWarning") ?? 0;
  const warnings = criticalWarnings.filter(([bit]) => (bits & (1 << bit)) !== 0);
  const failed = textField(health, "status") === "failed";
  const failingNow = innerSubjects(health, "ataAttributes").filter((attribute) => textField(attribute, "whenFailed") === "now");
  const spare = numberField(nvme, "availableSparePercent");
  const leastSpare = numberField(nvme, "availableSpareThresholdPercent");
  const isSpareSaid = warnings.some(([bit]) => bit === 0);
  return [
    ...(failed ? [{ level: "high" as const, text: "it says that it is failing (SMART)" }] : []),
    ...warnings.map(([, level, text]) => ({ level, text })),
    ...(!isSpareSaid && spare !== undefined && leastSpare !== undefined && spare < leastSpare
      ? [
          {
            level: "high" as const,
            text: `${formatPercent(spare)} of its spare capacity are left, its own limit is ${leastSpare} %`,
          },
        ]
      : []),
    ...failingNow.map((attribute) => ({
      level: "high" as const,
      text: `its attribute ${numberField(attribute, "id") ?? "?"} ${textField(attribute, "name")} is beyond its limit`.replace(
        "  ",
        " ",
      ),
    })),
  ];
}

function counters(health: SubjectBody): readonly DiskTrouble[] {
  const ata = innerSubject(health, "ata");
  const nvme = innerSubject(health, "nvme");
  const scsi = innerSubject(health, "scsi");
  const rows: readonly (readonly [TroubleLevel, number | undefined, (count: number) => string])[] = [
    [
      "medium",
      numberField(ata, "pendingSectorCount"),
      (n) => `${counted(n, "sector")} ${n === 1 ? "waits" : "wait"} to be replaced`,
    ],
    [
      "medium",
      numberField(ata, "offlineUncorrectableSectorCount"),
      (n) => `${counted(n, "sector")} could not be read in its own scan`,
    ],
    [
      "low",
      numberField(ata, "reallocatedSectorCount"),
      (n) => `${counted(n, "sector")} ${n === 1 ? "was" : "were"} replaced so far`,
    ],
    ["low", numberField(ata, "reportedUncorrectableErrors"), (n) => `${counted(n, "error")} could not be corrected so far`],
    ["low", numberField(ata, "endToEndErrors"), (n) => `data changed inside the disk ${counted(n, "time")} so far`],
    ["low", numberField(nvme, "mediaAndDataIntegrityErrors"), (n) => `${counted(n, "media error")} so far`],
    ["low", numberField(scsi, "grownDefectList"), (n) => `${counted(n, "defect")} found since it was made`],
    [
      "low",
      sum(scsi, ["readTotalUncorrectedErrors", "writeTotalUncorrectedErrors"]),
      (n) => `${counted(n, "error")} could not be corrected so far`,
    ],
  ];
  return rows.flatMap(([level, count, text]) => (count === undefined || count === 0 ? [] : [{ level, text: text(count) }]));
}

function heat(health: SubjectBody): readonly DiskTrouble[] {
  const now = diskTemperatureCelsius(health);
  if (now === undefined) return [];
  const nvme = innerSubject(health, "nvme");
  const critical =
    numberField(nvme, "criticalCompositeTemperatureThresholdCelsius") ??
    numberField(innerSubject(health, "scsi"), "tripTemperatureCelsius");
  const warning = numberField(nvme, "warningCompositeTemperatureThresholdCelsius");
  if (critical !== undefined && critical > 0 && now >= critical) {
    return [{ level: "high", text: `${formatCelsius(now)}, critical from ${formatCelsius(critical)} on` }];
  }
  if (warning !== undefined && warning > 0 && now >= warning) {
    return [{ level: "medium", text: `${formatCelsius(now)}, it warns from ${formatCelsius(warning)} on` }];
  }
  return [];
}

function tests(health: SubjectBody): readonly DiskTrouble[] {
  const [newest] = innerSubjects(innerSubject(health, "selfTestLog"), "tests");
  if (newest === undefined || textField(newest, "result") !== "failed") return [];
  return [{ level: "medium", text: "its last self-test found a fault" }];
}

function wear(disk: SubjectBody, health: SubjectBody | undefined): readonly DiskTrouble[] {
  const reserve = textField(innerSubject(disk, "flashLife"), "reserveState");
  const worn = wornPercent(disk, health);
  return [
    ...(worn !== undefined && worn >= wornSoonPercent
      ? [
          {
            level: worn >= 100 ? ("medium" as const) : ("low" as const),
            text: `${formatPercent(worn)} of its promised life are used`,
          },
        ]
      : []),
    ...(reserve === "urgent" || reserve === "warning"
      ? [
          {
            level: reserve === "urgent" ? ("high" as const) : ("medium" as const),
            text: `${reserve === "urgent" ? 90 : 80} % of its reserve blocks are used`,
          },
        ]
      : []),
  ];
}

function advice(disk: SubjectBody, health: SubjectBody | undefined): readonly DiskTrouble[] {
  const known = [
    textField(innerSubject(disk, "usbBridge"), "knownTrouble"),
    ...(health === undefined ? [] : textsField(health, "knownTrouble")),
  ];
  return [...new Set(known)].filter((text) => text !== "").map((text) => ({ level: "low", text: text.replace(/\.$/, "") }));
}

function sum(subject: SubjectBody, names: readonly string[]): number | undefined {
  const numbers = names.map((name) => numberField(subject, name)).filter((number) => number !== undefined);
  return numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number, 0);
}
