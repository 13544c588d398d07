/** Disks with their health at a glance; in the long form, a few lines more about each. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, hasField, innerSubject, numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatCelsius, formatPercent, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import {
  bridgeText,
  type DiskTrouble,
  diskTemperatureCelsius,
  diskTroubles,
  healthOf,
  linkText,
  presentSubjects,
  selfTestText,
  wornPercent,
} from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { list, section, type View, words } from "./section.ts";

/** Disks in the short form. */
const limit = 8;

const columns: readonly Column[] = [
  { title: "DISK" },
  { title: "MODEL", minimumWidth: 10 },
  { title: "SIZE", align: "right" },
  { title: "LINK", isOptional: true },
  { title: "TEMP", align: "right" },
  { title: "WORN", align: "right" },
  { title: "IN USE", align: "right", isOptional: true },
  { title: "HEALTH" },
];

const toneOf: Readonly<Record<DiskTrouble["level"], Tone>> = { high: "bad", medium: "warning", low: "plain" };

/** The table; disks before what is made of them, of which the short form shows none. */
export function renderDisks(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const devices = presentSubjects(subjects, "block_device");
  const disks = devices.filter(isDisk);
  const shown = view.isAll ? [...disks, ...devices.filter((device) => !isDisk(device))] : disks;
  const table = section(terminal, view, { columns, rows: shown.map((disk) => row(disk, healthOf(subjects, disk))), limit });
  if (!view.isAll || table === "") return table;
  const details = disks.flatMap((disk) => detailLines(terminal, disk, healthOf(subjects, disk)));
  return details.length === 0 ? table : `${table}\n\n${details.join("\n")}`;
}

function isDisk(device: SubjectBody): boolean {
  return textField(device, "type") === "disk" || textField(device, "type") === "";
}

function row(disk: SubjectBody, health: SubjectBody | undefined): readonly Cell[] {
  const worn = wornPercent(disk, health);
  const temperature = diskTemperatureCelsius(health);
  const hours = health === undefined ? undefined : numberField(health, "powerOnHours");
  const model = words(textField(disk, "vendor"), textField(disk, "model"));
  const what = hasField(disk, "deviceMapper") ? textField(innerSubject(disk, "deviceMapper"), "name") : "";
  const kind = booleanField(disk, "isVirtual") === true ? "virtual disk" : textField(disk, "type").replaceAll("_", " ");
  return [
    textField(disk, "name") || disk.id,
    model || what || kind,
    formatSize(numberField(disk, "sizeBytes")),
    linkText(disk),
    temperature === undefined ? "" : formatCelsius(temperature),
    worn === undefined ? "" : formatPercent(worn),
    hours === undefined ? "" : formatTimeSpan(Math.floor(hours / 24) * 86_400),
    healthCell(disk, health),
  ];
}

/** The disk's own verdict, and how much is wrong with it: what it is stands above, or in the long form below. */
function healthCell(disk: SubjectBody, health: SubjectBody | undefined): Cell {
  const troubles = diskTroubles(disk, health).filter((trouble) => trouble.level !== "low");
  const state = list(
    health === undefined ? "" : verdictOf(health),
    booleanField(disk, "isReadOnly") === true ? "read-only" : "",
    troubles.length === 0 ? "" : `${troubles.length} wrong`,
  );
  const [worst] = troubles;
  if (worst !== undefined) return { text: state, tone: toneOf[worst.level] };
  if (health?.outcome === "failed") return { text: state, tone: "warning" };
  return { text: state, tone: health !== undefined && textField(health, "status") === "passed" ? "good" : "plain" };
}

function verdictOf(health: SubjectBody): string {
  if (health.outcome === "failed" && health.value === undefined) return "could not tell";
  return list(
    textField(health, "status"),
    health.outcome === "failed" ? "not read now" : "",
    textField(health, "powerState") === "standby" ? "asleep" : "",
  );
}

function detailLines(terminal: Terminal, disk: SubjectBody, health: SubjectBody | undefined): readonly string[] {
  const serial = textField(disk, "serial") || (health === undefined ? "" : textField(health, "serialNumber"));
  const firmware = textField(disk, "firmwareRevision") || (health === undefined ? "" : textField(health, "firmwareVersion"));
  const holders = textsField(disk, "holders");
  const texts = [
    list(serial && `serial ${serial}`, firmware && `firmware ${firmware}`, health && textField(health, "formFactor"), disk.id),
    list(textField(disk, "location"), bridgeText(disk), holders.length === 0 ? "" : `holds ${holders.join(" ")}`),
    health === undefined ? "" : useText(health),
    health === undefined ? "" : list(selfTestText(health), textsField(health, "messages").join("; ")),
    ...diskTroubles(disk, health).map(({ level, text }) => `${level === "low" ? "-" : "!"} ${text}`),
  ].filter((text) => text !== "");
  const name = textField(disk, "name") || disk.id;
  return texts.flatMap((text, index) => hang((index === 0 ? name : "").padEnd(11), text, terminal.width));
}

function useText(health: SubjectBody): string {
  const { written_bytes_total: written, read_bytes_total: read } = health.samples;
  const cycles = numberField(health, "powerCycles");
  const nvme = innerSubject(health, "nvme");
  const abrupt = numberField(nvme, "unsafeShutdowns");
  const spare = numberField(nvme, "availableSparePercent");
  const crc = numberField(innerSubject(health, "ata"), "interfaceCrcErrors");
  const hours = numberField(health, "powerOnHours");
  return list(
    hours === undefined ? "" : `${hours.toLocaleString("en")} h in use`,
    cycles === undefined ? "" : `switched on ${cycles.toLocaleString("en")} times`,
    abrupt === undefined ? "" : `${abrupt.toLocaleString("en")} times without being shut down`,
    written === undefined ? "" : `${formatSize(written)} written`,
    read === undefined ? "" : `${formatSize(read)} read`,
    spare === undefined ? "" : `${formatPercent(spare)} spare`,
    crc === undefined || crc === 0 ? "" : `${crc.toLocaleString("en")} errors on the cable`,
  );
}
