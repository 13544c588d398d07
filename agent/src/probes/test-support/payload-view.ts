/** A payload as plain values, for tests. */
import { toJson } from "@bufbuild/protobuf";
import { Outcome, type Subject, SubjectSchema } from "@nodekeeper/proto";
import type { Host } from "../../host/host.ts";
import type { Payload } from "../../payload.ts";
import type { Probe } from "../../probe.ts";

/** Runs a probe once, as the scheduler does. */
export async function runOnce(probe: Probe, host: Host): Promise<Payload | undefined> {
  return probe.parse(await probe.read(host, new AbortController().signal));
}

/** The same where it must find something. */
export async function runToPayload(probe: Probe, host: Host): Promise<Payload> {
  const payload = await runOnce(probe, host);
  if (payload === undefined) throw new Error(`the probe ${probe.name} says absent`);
  return payload;
}

/** The subject of a kind and id. */
export function subjectAt({ subjects }: Payload, kind: string, id = ""): Subject {
  const found = subjects.find((subject) => subject.kind === kind && subject.id === id);
  if (found === undefined)
    throw new Error(`there is no ${kind} ${id}, only ${subjects.map((each) => `${each.kind} ${each.id}`).join(", ")}`);
  return found;
}

/** The facts of a subject; a failed one is its code and message, an absent one is "absent". */
export function factsAt(payload: Payload, kind: string, id = ""): unknown {
  const subject = subjectAt(payload, kind, id);
  if (subject.outcome === Outcome.ABSENT) return "absent";
  if (subject.outcome === Outcome.FAILED) return `${subject.failure?.code}: ${subject.failure?.message}`;
  const json = toJson(SubjectSchema, subject);
  const field = subject.value.case ?? "";
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json[field] : undefined;
}

/** The samples of a subject by name. */
export function samplesAt({ samples }: Payload, kind: string, id = ""): Readonly<Record<string, number | undefined>> {
  const own = samples.filter((sample) => sample.kind === kind && sample.id === id);
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}
