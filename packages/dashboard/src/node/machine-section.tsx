/** What the machine is. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatSize } from "@nodekeeper/shared/format";
import {
  abruptBoots,
  abruptText,
  boardPowerText,
  boardText,
  clockText,
  externalPcieText,
  fanText,
  isBoardHeldBack,
  overlayText,
  singleSubject,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { type FactRow, Facts } from "../facts.tsx";

/** Words and numbers that seldom change; what is unknown is left out. */
export function MachineSection(props: { readonly subjects: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element {
  return (
    <section>
      <h2>Machine</h2>
      <Facts rows={machineRows(props.subjects, props.nowMs)} />
    </section>
  );
}

function machineRows(subjects: readonly SubjectBody[], nowMs: number): readonly FactRow[] {
  const system = singleSubject(subjects, "operating_system");
  const board = singleSubject(subjects, "board");
  const cpu = singleSubject(subjects, "cpu");
  const memory = singleSubject(subjects, "memory");
  const sync = singleSubject(subjects, "time_sync");
  const routing = singleSubject(subjects, "routing");
  const text = (subject: SubjectBody | undefined, name: string): string =>
    subject === undefined ? "" : textField(subject, name);
  const count = cpu && numberField(cpu, "logicalCount");
  const history = singleSubject(subjects, "boot_history");
  const boots = history && abruptBoots(history);
  const overlay = singleSubject(subjects, "overlay_network");
  const pi = singleSubject(subjects, "raspberry_pi");
  return [
    ["Board", board === undefined ? "" : boardText(board)],
    ["Firmware", [text(board, "firmwareVersion"), text(board, "firmwareDate")].filter((part) => part !== "").join(", ")],
    ["System", text(system, "prettyName")],
    ["Kernel", [text(system, "kernelRelease"), text(system, "architecture")].filter((part) => part !== "").join(" ")],
    ["Runs in", text(system, "virtualization")],
    ["Reboot", system && booleanField(system, "isRebootRequired") === true ? "required by installed updates" : ""],
    ["Processor", [text(cpu, "modelName"), count === undefined ? "" : `${count} CPUs`].filter((part) => part !== "").join(", ")],
    ["Memory", memory === undefined ? "" : formatSize(numberField(memory, "totalBytes"))],
    ["Power", pi === undefined ? "" : boardPowerText(pi), pi !== undefined && isBoardHeldBack(pi)],
    ["Fan", pi === undefined ? "" : fanText(pi).replace(/^fan /, "")],
    ["External PCIe", pi === undefined ? "" : externalPcieText(pi)],
    ["Clock", sync === undefined ? "" : clockText(sync)],
    ["Boots", boots === undefined ? "" : abruptText(boots.abruptCount, boots.endedCount, boots.lastAt, nowMs)],
    ["Pod network", overlay === undefined ? "" : overlayText(overlay)],
    [
      "Gateway",
      [text(routing, "defaultGatewayIpv4"), text(routing, "defaultInterfaceIpv4")].filter((part) => part !== "").join(" on "),
    ],
  ];
}
