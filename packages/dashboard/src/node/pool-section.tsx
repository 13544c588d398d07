/** What is made of several disks: arrays of md, pools of ZFS and btrfs. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { textField, textsField } from "@nodekeeper/shared/fields";
import { machineTroubles, presentSubjects, raidArrays, raidMembersText, raidText } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

/** One row, whatever it is made by. */
interface Row {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly members: string;
  readonly isBad: boolean;
}

/** A table; nothing on a machine without. */
export function PoolSection(props: { readonly subjects: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element | null {
  const { subjects, nowMs } = props;
  const rows = [
    ...raidArrays(subjects).map((device) => arrayRow(device, nowMs)),
    ...presentSubjects(subjects, "storage_pool").map((pool) => poolRow(pool, nowMs)),
  ];
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>Arrays and pools</h2>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>State</th>
              <th>Members</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <td>{row.name}</td>
                <td class={row.isBad ? "bad" : ""}>{row.state}</td>
                <td class="quiet">{row.members}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function arrayRow(device: SubjectBody, nowMs: number): Row {
  const name = textField(device, "name") || device.id;
  return { key: device.id, name, state: raidText(device), members: raidMembersText(device), isBad: isBad(device, nowMs) };
}

function poolRow(pool: SubjectBody, nowMs: number): Row {
  const state = [textField(pool, "type"), textField(pool, "state")].filter((word) => word !== "").join(", ");
  const members = textsField(pool, "devices").join(", ");
  return { key: pool.id, name: textField(pool, "name") || pool.id, state, members, isBad: isBad(pool, nowMs) };
}

function isBad(subject: SubjectBody, nowMs: number): boolean {
  return machineTroubles([subject], nowMs).some((trouble) => trouble.level === "high");
}
