/** What is made of several disks: arrays of md, pools of ZFS and btrfs. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { textField, textsField } from "@nodekeeper/shared/fields";
import {
  poolTroubles,
  presentSubjects,
  raidArrays,
  raidMembersText,
  raidText,
  raidTroubles,
  type Trouble,
} from "@nodekeeper/shared/readings";
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
export function PoolSection(props: { readonly subjects: readonly SubjectBody[] }): JSX.Element | null {
  const { subjects } = props;
  const rows = [...raidArrays(subjects).map(arrayRow), ...presentSubjects(subjects, "storage_pool").map(poolRow)];
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
                <td class={row.isBad ? "wrap bad" : "wrap"}>{row.state}</td>
                <td class="wrap quiet">{row.members}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function arrayRow(device: SubjectBody): Row {
  const name = textField(device, "name") || device.id;
  return { key: device.id, name, state: raidText(device), members: raidMembersText(device), isBad: isBad(raidTroubles(device)) };
}

function poolRow(pool: SubjectBody): Row {
  const state = [textField(pool, "type"), textField(pool, "state")].filter((word) => word !== "").join(", ");
  const members = textsField(pool, "devices").join(", ");
  return { key: pool.id, name: textField(pool, "name") || pool.id, state, members, isBad: isBad(poolTroubles(pool)) };
}

function isBad(troubles: readonly Trouble[]): boolean {
  return troubles.some((trouble) => trouble.level === "high");
}
