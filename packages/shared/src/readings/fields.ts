/** Reads the plain facts of a subject, whose form follows the wire (proto/nodekeeper/v1) and may be newer than its reader. */
import type { SubjectBody } from "../api/node.ts";

/** A text, or "" when it is unknown. */
export function textField(subject: SubjectBody, name: string): string {
  const value = subject.value?.[name];
  return typeof value === "string" ? value : "";
}

/** A number, or undefined when it is unknown. */
export function numberField(subject: SubjectBody, name: string): number | undefined {
  const value = subject.value?.[name];
  return typeof value === "number" ? value : undefined;
}

/** True, false, or undefined when it is unknown. */
export function booleanField(subject: SubjectBody, name: string): boolean | undefined {
  const value = subject.value?.[name];
  return typeof value === "boolean" ? value : undefined;
}

/** A list of texts. */
export function textsField(subject: SubjectBody, name: string): readonly string[] {
  const value = subject.value?.[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A list of numbers. */
export function numbersField(subject: SubjectBody, name: string): readonly number[] {
  const value = subject.value?.[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
}

/** A message within the facts, as a subject of its own so that the readers above serve it too. */
export function innerSubject(subject: SubjectBody, name: string): SubjectBody {
  return { ...subject, value: recordOf(subject.value?.[name]) };
}

/** A list of messages within the facts, each as a subject of its own. */
export function innerSubjects(subject: SubjectBody, name: string): readonly SubjectBody[] {
  const value = subject.value?.[name];
  return Array.isArray(value) ? value.map((item) => ({ ...subject, value: recordOf(item) })) : [];
}

/** True when a message within the facts is set. */
export function hasField(subject: SubjectBody, name: string): boolean {
  return subject.value?.[name] !== undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? Object.fromEntries(Object.entries(value)) : {};
}
