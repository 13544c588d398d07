/** What a disk says is wrong with it. A counter that is not zero is told as what it is: only its change would say that something happens now. */
import type { SubjectBody } from "../api/node.ts";
import { formatCelsius, formatPercent } from "../format.ts";
import {
  booleanField,
  hasField,
  innerSubject,
  innerSubjects,
  numberField,
  numbersField,
  textField,
  textsField,
} from "./fields.ts";
import { diskTemperatureCelsius, wornPercent } from "./storage.ts";
import { byGravity, counted, type Trouble, type TroubleLevel } from "./trouble.ts";

/** One thing that is wrong with a disk. */
export type DiskTrouble = Omit<Trouble, "place">;

/** Bits of NVMe's critical warning (NVM Express Base Specification, log page 02h). */
const criticalWarnings: readonly (readonly [bit: number, level: TroubleLevel, text: string])[] = [
  [0, "high", "its spare capacity is below its own limit"],
  [2, "high", "it says that it is no longer reliable"],
  [3, "high", "it has made itself read-only"],
  [4, "medium", "what protects its cache when power fails has failed"],
  [5, "medium", "its persistent memory region is unreliable"],
  [6, "low", "it does not know which of its personalities it is in"],
];
const temperatureBit = 1;
const suspicion: DiskTrouble = {
  level: "low",
  text: "it claims to be too hot, which does not agree: its sensor or its firmware is suspect",
};
/** Where a disk states no limit: most state 70 to 85 °C. */
const usualWarningCelsius = 70;
/** Sensors of one disk that are further apart than this contradict each other. */
const suspiciousSpreadCelsius = 30;
/** At their threshold the disk is hot, not dying. */
const temperatureName = /temperature|airflow/i;

/** So far above its own threshold the spare is told of, while there is time. */
const spareMarginPercent = 10;

/** Wear from which on it is said, and is said louder; beyond 100 a disk may live on (NVM Express Base Specification: may exceed 100). */
const wornPercents: readonly (readonly [from: number, level: TroubleLevel])[] = [
  [90, "medium"],
  [80, "low"],
];
/** A card says at most how much, in tens: "at most 90 %" says that 80 are passed. */
const cardStepPercent = 10;

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
    ...((bits & (1 << temperatureBit)) === 0 ? [] : [temperatureWarning(nvme)]),
    ...(!isSpareSaid && spare !== undefined && leastSpare !== undefined && spare < 100 && spare <= leastSpare + spareMarginPercent
      ? [
          {
            level: spare < leastSpare ? ("high" as const) : ("medium" as const),
            text: `${formatPercent(spare)} of its spare capacity are left, its own limit is ${leastSpare} %`,
          },
        ]
      : []),
    ...failingNow.map((attribute) => ({
      level: levelOfAttribute(attribute),
      text: `its attribute ${numberField(attribute, "id") ?? "?"} ${textField(attribute, "name")} is beyond its limit`.replace(
        "  ",
        " ",
      ),
    })),
  ];
}

/** One that foretells failure does so within a day; another says that the disk is past what it was made for. */
function levelOfAttribute(attribute: SubjectBody): TroubleLevel {
  if (booleanField(attribute, "isPrefailure") === true) return "high";
  return temperatureName.test(textField(attribute, "name")) ? "low" : "medium";
}

/** Firmwares are known that warn at 40 °C, or with a temperature that another sensor contradicts (smartmontools issue 637). */
function temperatureWarning(nvme: SubjectBody): DiskTrouble {
  const celsius = numberField(nvme, "compositeTemperatureCelsius");
  const limit = numberField(nvme, "warningCompositeTemperatureThresholdCelsius") ?? usualWarningCelsius;
  const doesAgree = celsius !== undefined && !areSensorsAtOdds(nvme, celsius) && (celsius >= limit || celsius <= 0);
  return doesAgree ? { level: "medium", text: "it is too hot or too cold by its own limits" } : suspicion;
}

function areSensorsAtOdds(nvme: SubjectBody, celsius: number): boolean {
  return numbersField(nvme, "temperatureSensorsCelsius").some((sensor) => celsius - sensor >= suspiciousSpreadCelsius);
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
  if (areSensorsAtOdds(nvme, now)) {
    // Where it warns itself, that says it.
    const isWarned = ((numberField(nvme, "criticalWarning") ?? 0) & (1 << temperatureBit)) !== 0;
    return isWarned || now < (warning ?? usualWarningCelsius) ? [] : [suspicion];
  }
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
  const passed = worn === undefined || !isCard(disk, health) ? worn : worn - cardStepPercent;
  const [, level] = wornPercents.find(([from]) => passed !== undefined && passed >= from) ?? [];
  return [
    ...(level === undefined || worn === undefined
      ? []
      : [{ level, text: `${formatPercent(worn)} of its promised life are used` }]),
    ...(reserve === "urgent" || reserve === "warning"
      ? [
          {
            level: reserve === "urgent" ? ("medium" as const) : ("low" as const),
            text: `${reserve === "urgent" ? 90 : 80} % of its reserve blocks are used`,
          },
        ]
      : []),
  ];
}

/** Whether its wear is what a card says of itself, not its health. */
function isCard(disk: SubjectBody, health: SubjectBody | undefined): boolean {
  return hasField(disk, "flashLife") && (health === undefined || wornPercent({ ...disk, value: {} }, health) === undefined);
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
