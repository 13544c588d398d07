/** Makes subjects of made-up machines, as the API shows them. */
import type { SubjectBody, SubjectListBody } from "../api/node.ts";

/** When made-up machines are looked at, in ms since 1970. */
export const fullMachineNowMs: number = Date.UTC(2026, 0, 10, 12);

/** An hour, in ms. */
export const hourMs = 3_600_000;
/** A gigabyte, in bytes. */
export const gigabyte = 1e9;
/** A gibibyte, in bytes. */
export const gibibyte: number = 2 ** 30;

/** A subject that was read just now. */
export function subject(
  probe: string,
  kind: string,
  id: string,
  value: Readonly<Record<string, unknown>>,
  samples: Readonly<Record<string, number>> = {},
): SubjectBody {
  const at = new Date(fullMachineNowMs).toISOString();
  return {
    kind,
    id,
    probe,
    outcome: "ok",
    freshness: "fresh",
    observedAt: at,
    readAt: at,
    value: { ...value },
    samples: { ...samples },
  };
}

/** The same, whose value was read so many hours before. */
export function readBefore(hours: number, read: SubjectBody): SubjectBody {
  return { ...read, readAt: new Date(fullMachineNowMs - hours * hourMs).toISOString() };
}

/** A subject that could not be read, and never was. */
export function failedSubject(probe: string, kind: string, id: string, code: string, message: string): SubjectBody {
  const at = new Date(fullMachineNowMs).toISOString();
  return { kind, id, probe, outcome: "failed", failure: { code, message }, freshness: "fresh", observedAt: at, samples: {} };
}

/** Whole lists of all kinds among the subjects. */
export function wholeLists(subjects: readonly SubjectBody[]): SubjectListBody[] {
  const kinds = new Map(subjects.map(({ kind, probe }) => [kind, probe]));
  return [...kinds].map(([kind, probe]) => ({ kind, probe, isComplete: true }));
}

/** Milliseconds since 1970 of a time so many hours from now; before it where negative. */
export function inHours(hours: number): number {
  return fullMachineNowMs + hours * hourMs;
}
