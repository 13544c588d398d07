/** Network interfaces. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField, textField, textsField } from "@nodekeeper/shared/fields";
import { formatBitRate, formatSize } from "@nodekeeper/shared/format";
import { presentSubjects } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

/** A table; what is up first. */
export function NetworkSection(props: { readonly subjects: readonly SubjectBody[] }): JSX.Element | null {
  const interfaces = [...presentSubjects(props.subjects, "network_interface")].sort(
    (a, b) => Number(isUp(b)) - Number(isUp(a)) || a.id.localeCompare(b.id),
  );
  if (interfaces.length === 0) return null;
  return (
    <section>
      <h2>Network</h2>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th>Interface</th>
              <th>State</th>
              <th>Addresses</th>
              <th>Speed</th>
              <th class="number">MTU</th>
              <th class="number">Received</th>
              <th class="number">Sent</th>
              <th class="number">Errors</th>
            </tr>
          </thead>
          <tbody>
            {interfaces.map((one) => (
              <tr key={one.id}>
                <td>
                  {one.id} <span class="quiet">{textField(one, "type")}</span>
                </td>
                <td>{textField(one, "operationalState")}</td>
                <td class="wrap">{textsField(one, "addresses").join(", ")}</td>
                <td>{formatBitRate(numberField(one, "speedBitsPerSecond"))}</td>
                <td class="number">{numberField(one, "mtuBytes")}</td>
                <td class="number">{formatSize(one.samples["receive_bytes_total"])}</td>
                <td class="number">{formatSize(one.samples["transmit_bytes_total"])}</td>
                <td class="number">{errorsOf(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function isUp(one: SubjectBody): boolean {
  return textField(one, "operationalState") === "up";
}

function errorsOf(one: SubjectBody): string {
  const { receive_errors_total: received, transmit_errors_total: sent } = one.samples;
  return received === undefined || sent === undefined ? "?" : String(received + sent);
}
