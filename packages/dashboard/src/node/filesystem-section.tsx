/** Mounted filesystems and how full they are. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatSize } from "@nodekeeper/shared/format";
import { filesystemUsedPercent, presentSubjects, storageChain } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { fillLimits, Meter } from "../meter.tsx";

/** A table: what has fallen read-only first, then the fullest. */
export function FilesystemSection(props: { readonly subjects: readonly SubjectBody[] }): JSX.Element | null {
  const filesystems = [...presentSubjects(props.subjects, "filesystem")].sort(
    (a, b) => Number(hasFallen(b)) - Number(hasFallen(a)) || (filesystemUsedPercent(b) ?? -1) - (filesystemUsedPercent(a) ?? -1),
  );
  if (filesystems.length === 0) return null;
  return (
    <section>
      <h2>Filesystems</h2>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th>Mount point</th>
              <th>Used</th>
              <th class="number">Available</th>
              <th class="number">Size</th>
              <th>Type</th>
              <th>Lies on</th>
            </tr>
          </thead>
          <tbody>
            {filesystems.map((filesystem) => (
              <tr key={filesystem.id}>
                <td>{filesystem.id}</td>
                <td class="wide">
                  <Meter percent={filesystemUsedPercent(filesystem)} limits={fillLimits} label={`${filesystem.id} used`} />
                </td>
                <td class="number">{formatSize(filesystem.samples["available_bytes"])}</td>
                <td class="number">{formatSize(numberField(filesystem, "sizeBytes"))}</td>
                <td>
                  {textField(filesystem, "type")}
                  {hasFallen(filesystem) ? (
                    <span class="bad"> fallen read-only</span>
                  ) : (
                    booleanField(filesystem, "isReadOnly") === true && <span class="quiet"> read-only</span>
                  )}
                </td>
                <td class="quiet" title={textField(filesystem, "source")}>
                  {[storageChain(filesystem, props.subjects).join(" → "), longhornText(filesystem, props.subjects)]
                    .filter((text) => text !== "")
                    .join(" · ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function hasFallen(filesystem: SubjectBody): boolean {
  return booleanField(filesystem, "hasFallenReadOnly") === true;
}

/** Directories in it that Longhorn keeps replicas in. */
function longhornText(filesystem: SubjectBody, subjects: readonly SubjectBody[]): string {
  const disks = presentSubjects(subjects, "longhorn_disk").filter((disk) => textField(disk, "mountPoint") === filesystem.id);
  return disks.length === 0 ? "" : `Longhorn in ${disks.map((disk) => disk.id).join(", ")}`;
}
