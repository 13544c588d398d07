/** Which block devices are disks, and not images or what is mapped on others. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { textField } from "@nodekeeper/shared/fields";
import { presentSubjects } from "@nodekeeper/shared/readings";

/** All block devices that are there, by name. */
export function blockDevices(subjects: readonly SubjectBody[]): readonly SubjectBody[] {
  return [...presentSubjects(subjects, "block_device")].sort((a, b) =>
    textField(a, "name").localeCompare(textField(b, "name"), "en", { numeric: true }),
  );
}

/** Whether it is a disk. */
export function isDisk(device: SubjectBody): boolean {
  return ["disk", ""].includes(textField(device, "type"));
}
