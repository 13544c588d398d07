/** What a machine is and how it feels, a line each. What is unknown has no line. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatCelsius, formatPercent, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import {
  abruptBoots,
  abruptText,
  boardText,
  clockText,
  counted,
  overlayText,
  presentSubjects,
  sensorName,
  sensorText,
  singleSubject,
} from "@nodekeeper/shared/readings";
import type { Terminal } from "../terminal.ts";
import { hang } from "../wrap.ts";
import { list, moreText, shorten, type View, words } from "./section.ts";
import { serviceLines } from "./services.ts";

/** Width of the titles. */
const titleWidth = 11;
/** Sensors in the short form. */
const hottestCount = 4;
/** So near to it a sensor's critical temperature is told. */
const nearCelsius = 20;
/** A wait that is worth a line: percent of the last minute in which some task waited. */
const pressurePercent = 1;

/** The lines; "" where nothing is known. */
export function renderOverview(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const system = singleSubject(subjects, "operating_system");
  const rows: readonly (readonly [title: string, text: string])[] = [
    ["machine", machineText(subjects)],
    ["system", system === undefined ? "" : systemText(system)],
    ["processor", processorText(subjects)],
    ["memory", memoryText(subjects)],
    ["pressure", pressureText(subjects, view)],
    ["hottest", view.isAll ? "" : hottestText(subjects)],
    ["gateway", gatewayText(subjects)],
    ["pods", presentSubjects(subjects, "overlay_network").map(overlayText).join("; ")],
    ["clock", presentSubjects(subjects, "time_sync").map(clockText).join("; ")],
    ["boots", bootsText(subjects, view)],
    ["battery", presentSubjects(subjects, "battery").map(batteryText).join("; ")],
    ...serviceLines(subjects, view),
    ["kernel log", view.isAll ? kernelLogText(subjects) : ""],
  ];
  return rows
    .filter(([, text]) => text !== "")
    .flatMap(([title, text]) => {
      const [first = "", ...further] = hang(title.padEnd(titleWidth), text, terminal.width);
      return [`${terminal.paint("quiet", first.slice(0, titleWidth))}${first.slice(titleWidth)}`, ...further];
    })
    .join("\n");
}

function machineText(subjects: readonly SubjectBody[]): string {
  const board = singleSubject(subjects, "board");
  if (board === undefined) return "";
  const firmware = words(textField(board, "firmwareVersion"), textField(board, "firmwareDate"));
  return list(boardText(board), firmware === "" ? "" : `firmware ${firmware}`);
}

function systemText(system: SubjectBody): string {
  const uptime = system.samples["uptime_seconds"];
  const kind = textField(system, "virtualization");
  return list(
    textField(system, "prettyName"),
    words("kernel", textField(system, "kernelRelease")),
    textField(system, "architecture"),
    kind === "" ? "" : `in ${kind}`,
    uptime === undefined ? "" : `up ${formatTimeSpan(uptime)}`,
  );
}

function processorText(subjects: readonly SubjectBody[]): string {
  const cpu = singleSubject(subjects, "cpu");
  if (cpu === undefined) return "";
  const count = numberField(cpu, "logicalCount");
  const load = cpu.samples["load_average_1m"];
  return list(
    textField(cpu, "modelName"),
    count === undefined ? "" : counted(count, "CPU"),
    load === undefined ? "" : `load ${load.toFixed(2)}`,
  );
}

function memoryText(subjects: readonly SubjectBody[]): string {
  const memory = singleSubject(subjects, "memory");
  if (memory === undefined) return "";
  const total = numberField(memory, "totalBytes");
  const { available_bytes: available, swap_free_bytes: swapFree } = memory.samples;
  const swapTotal = numberField(memory, "swapTotalBytes");
  return list(
    total === undefined || available === undefined
      ? formatSize(total)
      : `${formatSize(total - available)} of ${formatSize(total)} in use`,
    swapTotal === undefined || swapTotal === 0 || swapFree === undefined
      ? ""
      : `swap ${formatSize(swapTotal - swapFree)} of ${formatSize(swapTotal)}`,
  );
}

function pressureText(subjects: readonly SubjectBody[], view: View): string {
  const waits = presentSubjects(subjects, "pressure").flatMap((pressure) => {
    const percent = pressure.samples["some_avg60_percent"];
    return percent === undefined ? [] : [{ id: pressure.id, percent }];
  });
  const shown = waits.filter(({ percent }) => view.isAll || percent >= pressurePercent);
  if (shown.length === 0) return "";
  return `${shown.map(({ id, percent }) => `${id} ${formatPercent(percent)}`).join(", ")} of the last minute some task waited`;
}

function hottestText(subjects: readonly SubjectBody[]): string {
  const sensors = presentSubjects(subjects, "sensor");
  const hot = sensors
    .filter((sensor) => sensor.samples["temperature_celsius"] !== undefined)
    .sort((a, b) => (b.samples["temperature_celsius"] ?? 0) - (a.samples["temperature_celsius"] ?? 0));
  const shown = shorten(hot, hottestCount);
  if (shown.length === 0) return "";
  const texts = shown.map((sensor) => {
    const critical = numberField(sensor, "critical");
    const isNear = critical !== undefined && (sensor.samples["temperature_celsius"] ?? 0) >= critical - nearCelsius;
    const limit = isNear ? ` (critical ${formatCelsius(critical)})` : "";
    return `${sensorText(sensor)} ${sensorName(sensor)}${limit}`;
  });
  return `${texts.join(", ")} ${moreText(sensors.length - shown.length)}`.trimEnd();
}

function gatewayText(subjects: readonly SubjectBody[]): string {
  const routing = singleSubject(subjects, "routing");
  if (routing === undefined) return "";
  const gateways = ["Ipv4", "Ipv6"].map((family) => {
    const gateway = textField(routing, `defaultGateway${family}`);
    const through = textField(routing, `defaultInterface${family}`);
    return gateway === "" ? through : words(gateway, through === "" ? "" : `on ${through}`);
  });
  const servers = textsField(routing, "nameServers");
  return list(...gateways, servers.length === 0 ? "" : `names from ${servers.join(" ")}`);
}

function bootsText(subjects: readonly SubjectBody[], view: View): string {
  const history = singleSubject(subjects, "boot_history");
  const boots = history === undefined ? undefined : abruptBoots(history);
  return boots === undefined ? "" : abruptText(boots.abruptCount, boots.endedCount, boots.lastAt, view.nowMs);
}

function batteryText(battery: SubjectBody): string {
  const charge = battery.samples["charge_percent"];
  const isOnMains = booleanField(battery, "isOnMains");
  return list(
    charge === undefined ? "" : formatPercent(charge),
    booleanField(battery, "isCharging") === true ? "charging" : "",
    isOnMains === undefined ? "" : isOnMains ? "on mains" : "on battery",
  );
}

function kernelLogText(subjects: readonly SubjectBody[]): string {
  const log = singleSubject(subjects, "kernel_log");
  if (log === undefined) return "";
  const { records_total: records, lost_records_total: lost = 0, suppressed_records_total: suppressed = 0 } = log.samples;
  const since = numberField(log, "sinceUnixMs");
  return list(
    records === undefined ? "" : `${counted(records, "record")} looked at`,
    lost === 0 ? "" : `${lost.toLocaleString("en")} lost before they were read`,
    suppressed === 0 ? "" : `${suppressed.toLocaleString("en")} over the limit, not looked at`,
    booleanField(log, "isWhole") === true ? "whole since the start" : "",
    booleanField(log, "isWhole") === false && since !== undefined ? `only since ${new Date(since).toISOString()}` : "",
  );
}
