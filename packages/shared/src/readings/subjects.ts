/** Picks subjects of a kind. */
import type { SubjectBody } from "../api/node.ts";
import { textField } from "./fields.ts";

/** Subjects of a kind that were read at least once and are not gone. */
export function presentSubjects(subjects: readonly SubjectBody[], kind: string): readonly SubjectBody[] {
  return subjects.filter((subject) => subject.kind === kind && subject.outcome !== "absent" && subject.value !== undefined);
}

/** The one subject of a kind of which a machine has one. */
export function singleSubject(subjects: readonly SubjectBody[], kind: string): SubjectBody | undefined {
  return presentSubjects(subjects, kind)[0];
}

/** What the block device of an id is called now; the id itself where that is not known. */
export function deviceName(subjects: readonly SubjectBody[], id: string): string {
  const device = subjects.find((subject) => subject.kind === "block_device" && subject.id === id);
  const name = device === undefined ? "" : textField(device, "name");
  return name === "" ? id : name;
}

/** What a disk says of its health; undefined where nobody asked, or it has nothing to say. */
export function healthOf(subjects: readonly SubjectBody[], disk: SubjectBody): SubjectBody | undefined {
  return subjects.find((subject) => subject.kind === "disk_health" && subject.id === disk.id && subject.outcome !== "absent");
}
