/** Why what is shown of a subject may be old. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import type { JSX } from "preact";

/** A line; nothing where the subject was read as promised, the last time. */
export function Doubt(props: { readonly subject: SubjectBody | undefined }): JSX.Element | null {
  const { subject } = props;
  if (subject === undefined || (subject.outcome !== "failed" && subject.freshness === "fresh")) return null;
  return <div class="doubt">{subject.failure?.message ?? `${subject.freshness}: this is what was known before`}</div>;
}
