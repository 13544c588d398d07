/** Disks and what they say of their health. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, textField } from "@nodekeeper/shared/fields";
import { healthOf } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { DiskCard } from "./disk-card.tsx";
import { blockDevices, isDisk } from "./physical-disks.ts";

/** One card a disk; below them, in a line, the names of what is no disk: images, mapped devices. */
export function DiskSection(props: {
  readonly subjects: readonly SubjectBody[];
  readonly nowMs: number;
  readonly judgedOn: string | undefined;
}): JSX.Element | null {
  const devices = blockDevices(props.subjects);
  if (devices.length === 0) return null;
  const disks = devices.filter(isDisk);
  const others = devices.filter((device) => !isDisk(device));
  return (
    <section>
      <h2>Disks</h2>
      <div class="cards">
        {disks.map((disk) => (
          <DiskCard
            key={disk.id}
            disk={disk}
            health={healthOf(props.subjects, disk)}
            nowMs={props.nowMs}
            judgedOn={props.judgedOn}
          />
        ))}
      </div>
      {others.length > 0 && <p class="quiet aside">Also there: {others.map(otherText).join(", ")}</p>}
    </section>
  );
}

function otherText(device: SubjectBody): string {
  const readOnly = booleanField(device, "isReadOnly") === true ? ", read-only" : "";
  return `${textField(device, "name") || device.id} (${textField(device, "type").replaceAll("_", " ")}${readOnly})`;
}
