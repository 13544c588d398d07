/** Disks and what they say of their health. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField } from "@nodekeeper/shared/fields";
import { healthOf, presentSubjects } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { DiskCard } from "./disk-card.tsx";

/** One card a disk; below them, in a line, the names of what is no disk: images, mapped devices. */
export function DiskSection(props: { readonly subjects: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element | null {
  const devices = [...presentSubjects(props.subjects, "block_device")].sort((a, b) =>
    textField(a, "name").localeCompare(textField(b, "name"), "en", { numeric: true }),
  );
  if (devices.length === 0) return null;
  const disks = devices.filter(isDisk);
  const others = devices.filter((device) => !isDisk(device));
  return (
    <section>
      <h2>Disks</h2>
      <div class="cards">
        {disks.map((disk) => (
          <DiskCard key={disk.id} disk={disk} health={healthOf(props.subjects, disk)} nowMs={props.nowMs} />
        ))}
      </div>
      {others.length > 0 && <p class="quiet aside">Also there: {others.map(otherText).join(", ")}</p>}
    </section>
  );
}

function isDisk(device: SubjectBody): boolean {
  return ["disk", ""].includes(textField(device, "type"));
}

function otherText(device: SubjectBody): string {
  const readOnly = booleanField(device, "isReadOnly") === true ? ", read-only" : "";
  return `${textField(device, "name") || device.id} (${textField(device, "type").replaceAll("_", " ")}${readOnly})`;
}
