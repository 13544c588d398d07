/** What a machine is and holds, from its subjects: the same for `node` (from the collector) and for `doctor` (from here). */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, innerSubject, numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatBitRate, formatCelsius, formatPercent, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import { boardText, filesystemUsedPercent, sensorText } from "@nodekeeper/shared/readings";
import { type Cell, type Column, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Everything about a machine that is known, in sections parted by empty lines. */
export function renderMachine(terminal: Terminal, subjects: readonly SubjectBody[]): string {
  const sections = [
    renderOverview(terminal, subjects),
    section(terminal, "Disks", diskColumns, diskRows(subjects)),
    section(terminal, "Filesystems", filesystemColumns, filesystemRows(subjects)),
    section(terminal, "Network", networkColumns, networkRows(subjects)),
    section(terminal, "Sensors", sensorColumns, sensorRows(subjects)),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

const diskColumns: readonly Column[] = [
  { title: "NAME" },
  { title: "MODEL" },
  { title: "SIZE", align: "right" },
  { title: "BUS" },
  { title: "SMART" },
  { title: "TEMP", align: "right" },
  { title: "USED", align: "right" },
  { title: "SERIAL" },
];
const filesystemColumns: readonly Column[] = [
  { title: "MOUNT POINT" },
  { title: "TYPE" },
  { title: "SIZE", align: "right" },
  { title: "AVAILABLE", align: "right" },
  { title: "USED", align: "right" },
  { title: "SOURCE" },
];
const networkColumns: readonly Column[] = [
  { title: "NAME" },
  { title: "TYPE" },
  { title: "STATE" },
  { title: "SPEED" },
  { title: "MTU", align: "right" },
  { title: "ADDRESSES" },
];
const sensorColumns: readonly Column[] = [
  { title: "CHIP" },
  { title: "LABEL" },
  { title: "VALUE", align: "right" },
  { title: "CRITICAL", align: "right" },
  { title: "DEVICE" },
];

function renderOverview(terminal: Terminal, subjects: readonly SubjectBody[]): string {
  const system = single(subjects, "operating_system");
  const board = single(subjects, "board");
  const cpu = single(subjects, "cpu");
  const memory = single(subjects, "memory");
  const sync = single(subjects, "time_sync");
  const uptime = system?.samples["uptime_seconds"];
  const isSynchronized = sync === undefined ? undefined : booleanField(sync, "isSynchronized");
  const rows: readonly (readonly [string, string])[] = [
    ["machine", board === undefined ? "" : boardText(board)],
    [
      "system",
      system === undefined
        ? ""
        : list(
            textField(system, "prettyName"),
            `kernel ${textField(system, "kernelRelease")}`,
            textField(system, "architecture"),
            textField(system, "virtualization"),
          ),
    ],
    ["uptime", uptime === undefined ? "" : formatTimeSpan(uptime)],
    [
      "reboot",
      system !== undefined && booleanField(system, "isRebootRequired") === true
        ? terminal.paint("warning", "required by installed updates")
        : "",
    ],
    [
      "processor",
      cpu === undefined ? "" : list(textField(cpu, "modelName"), countOf(numberField(cpu, "logicalCount"), "CPU"), loadOf(cpu)),
    ],
    ["memory", memory === undefined ? "" : memoryText(memory)],
    [
      "clock",
      isSynchronized === undefined ? "" : isSynchronized ? "synchronized" : terminal.paint("warning", "not synchronized"),
    ],
  ];
  return rows
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `${terminal.paint("quiet", title.padEnd(11))}${text}`)
    .join("\n");
}

function diskRows(subjects: readonly SubjectBody[]): readonly (readonly Cell[])[] {
  return readable(subjects, "block_device").map((disk) => {
    const health = subjects.find((candidate) => candidate.kind === "disk_health" && candidate.id === disk.id);
    const used = health === undefined ? undefined : numberField(innerSubject(health, "nvme"), "percentageUsed");
    const temperature =
      health === undefined ? undefined : (numberField(health, "temperatureCelsius") ?? health.samples["temperature_celsius"]);
    const name = textField(disk, "name");
    return [
      name === "" ? disk.id : name,
      join(textField(disk, "vendor"), textField(disk, "model")) ||
        (booleanField(disk, "isVirtual") === true ? "virtual disk" : ""),
      formatSize(numberField(disk, "sizeBytes")),
      textField(disk, "bus"),
      healthCell(health),
      temperature === undefined ? "" : formatCelsius(temperature),
      used === undefined ? "" : formatPercent(used),
      textField(disk, "serial"),
    ];
  });
}

function healthCell(health: SubjectBody | undefined): Cell {
  if (health === undefined || health.outcome === "absent") return "";
  if (health.outcome === "failed" && health.value === undefined) return { text: "could not tell", tone: "warning" };
  const status = textField(health, "status");
  const text = textField(health, "powerState") === "standby" ? list(status, "asleep") : status;
  return { text, tone: status === "failed" ? "bad" : status === "passed" ? "good" : "plain" };
}

function filesystemRows(subjects: readonly SubjectBody[]): readonly (readonly Cell[])[] {
  return readable(subjects, "filesystem").map((filesystem) => {
    const available = filesystem.samples["available_bytes"];
    const percent = filesystemUsedPercent(filesystem);
    return [
      filesystem.id,
      textField(filesystem, "type") + (booleanField(filesystem, "isReadOnly") === true ? " (read-only)" : ""),
      formatSize(numberField(filesystem, "sizeBytes")),
      available === undefined ? "" : formatSize(available),
      percent === undefined
        ? ""
        : { text: formatPercent(percent), tone: percent >= 95 ? "bad" : percent >= 85 ? "warning" : "plain" },
      textField(filesystem, "source"),
    ];
  });
}

function networkRows(subjects: readonly SubjectBody[]): readonly (readonly Cell[])[] {
  return readable(subjects, "network_interface").map((networkInterface) => {
    const state = textField(networkInterface, "operationalState");
    return [
      networkInterface.id,
      textField(networkInterface, "type"),
      { text: state, tone: state === "up" ? "good" : "plain" },
      formatBitRate(numberField(networkInterface, "speedBitsPerSecond")),
      String(numberField(networkInterface, "mtuBytes") ?? ""),
      textsField(networkInterface, "addresses").join(" "),
    ];
  });
}

function sensorRows(subjects: readonly SubjectBody[]): readonly (readonly Cell[])[] {
  return readable(subjects, "sensor").map((sensor) => {
    const critical = numberField(sensor, "critical");
    const isTemperature = textField(sensor, "type") === "temperature";
    return [
      textField(sensor, "chip"),
      textField(sensor, "label"),
      { text: sensorText(sensor), tone: sensor.samples["is_alarm"] === 1 ? "bad" : "plain" },
      critical === undefined || !isTemperature ? "" : formatCelsius(critical),
      textField(sensor, "device"),
    ];
  });
}

function section(terminal: Terminal, title: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  return rows.length === 0 ? "" : `${terminal.paint("strong", title)}\n${renderTable(terminal, columns, rows)}`;
}

/** Subjects of a kind that have a value, or of which at least the name is known. */
function readable(subjects: readonly SubjectBody[], kind: string): readonly SubjectBody[] {
  return subjects.filter((subject) => subject.kind === kind && subject.outcome !== "absent" && subject.value !== undefined);
}

function single(subjects: readonly SubjectBody[], kind: string): SubjectBody | undefined {
  return readable(subjects, kind)[0];
}

function memoryText(memory: SubjectBody): string {
  const total = numberField(memory, "totalBytes");
  const { available_bytes: available, swap_free_bytes: swapFree } = memory.samples;
  const used =
    total === undefined || available === undefined
      ? formatSize(total)
      : `${formatSize(total - available)} of ${formatSize(total)} in use`;
  const swapTotal = numberField(memory, "swapTotalBytes");
  const swap =
    swapTotal === undefined || swapTotal === 0 || swapFree === undefined
      ? ""
      : `swap ${formatSize(swapTotal - swapFree)} of ${formatSize(swapTotal)}`;
  return list(used, swap);
}

function loadOf(cpu: SubjectBody): string {
  const load = cpu.samples["load_average_1m"];
  return load === undefined ? "" : `load ${load.toFixed(2)}`;
}

function countOf(count: number | undefined, what: string): string {
  return count === undefined ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}

function list(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}
