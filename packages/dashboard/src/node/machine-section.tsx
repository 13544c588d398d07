/** What the machine is. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatSize } from "@nodekeeper/shared/format";
import { boardText, singleSubject } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

/** Words and numbers that seldom change; what is unknown is left out. */
export function MachineSection(props: { readonly subjects: readonly SubjectBody[] }): JSX.Element {
  const rows = machineRows(props.subjects).filter(([, text]) => text !== "");
  return (
    <section>
      <h2>Machine</h2>
      <dl class="facts">
        {rows.map(([title, text]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function machineRows(subjects: readonly SubjectBody[]): readonly (readonly [string, string])[] {
  const system = singleSubject(subjects, "operating_system");
  const board = singleSubject(subjects, "board");
  const cpu = singleSubject(subjects, "cpu");
  const memory = singleSubject(subjects, "memory");
  const sync = singleSubject(subjects, "time_sync");
  const routing = singleSubject(subjects, "routing");
  const text = (subject: SubjectBody | undefined, name: string): string =>
    subject === undefined ? "" : textField(subject, name);
  const count = cpu && numberField(cpu, "logicalCount");
  const isSynchronized = sync && booleanField(sync, "isSynchronized");
  return [
    ["Board", board === undefined ? "" : boardText(board)],
    ["Firmware", [text(board, "firmwareVersion"), text(board, "firmwareDate")].filter((part) => part !== "").join(", ")],
    ["System", text(system, "prettyName")],
    ["Kernel", [text(system, "kernelRelease"), text(system, "architecture")].filter((part) => part !== "").join(" ")],
    ["Runs in", text(system, "virtualization")],
    ["Reboot", system && booleanField(system, "isRebootRequired") === true ? "required by installed updates" : ""],
    ["Processor", [text(cpu, "modelName"), count === undefined ? "" : `${count} CPUs`].filter((part) => part !== "").join(", ")],
    ["Memory", memory === undefined ? "" : formatSize(numberField(memory, "totalBytes"))],
    [
      "Clock",
      isSynchronized === undefined ? "" : isSynchronized ? `synchronized by ${text(sync, "service")}` : "not synchronized",
    ],
    [
      "Gateway",
      [text(routing, "defaultGatewayIpv4"), text(routing, "defaultInterfaceIpv4")].filter((part) => part !== "").join(" on "),
    ],
  ];
}
