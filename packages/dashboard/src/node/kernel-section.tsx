/** What the kernel has told of since the machine was started. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField, textField } from "@nodekeeper/shared/fields";
import { formatAgo } from "@nodekeeper/shared/format";
import { presentSubjects } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

const gravity: readonly string[] = ["fault", "warning", "notice"];

/** A table, the gravest first; nothing on a machine whose kernel told of no fault. */
export function KernelSection(props: { readonly subjects: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element | null {
  const faults = [...presentSubjects(props.subjects, "kernel_fault")].sort(
    (a, b) =>
      gravity.indexOf(textField(a, "severity")) - gravity.indexOf(textField(b, "severity")) ||
      (numberField(b, "lastAtUnixMs") ?? 0) - (numberField(a, "lastAtUnixMs") ?? 0),
  );
  if (faults.length === 0) return null;
  return (
    <section>
      <h2>Kernel faults since it was started</h2>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th>What</th>
              <th>Device</th>
              <th class="number">Times</th>
              <th>Last</th>
              <th>What it means</th>
            </tr>
          </thead>
          <tbody>
            {faults.map((fault) => (
              <tr key={fault.id}>
                <td class={severityClass(textField(fault, "severity"))}>{textField(fault, "code").replaceAll("-", " ")}</td>
                <td>{textField(fault, "device")}</td>
                <td class="number">{fault.samples["occurrences_total"]?.toLocaleString("en")}</td>
                <td>{agoText(numberField(fault, "lastAtUnixMs"), props.nowMs)}</td>
                <td class="message">
                  {[textField(fault, "meaning"), textField(fault, "action")].filter((text) => text !== "").join(" ")}
                  <div class="quiet">{textField(fault, "message")}</div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function severityClass(severity: string): string {
  return severity === "fault" ? "bad" : severity === "warning" ? "warning" : "";
}

function agoText(atMs: number | undefined, nowMs: number): string {
  return atMs === undefined ? "" : formatAgo(new Date(atMs).toISOString(), nowMs);
}
