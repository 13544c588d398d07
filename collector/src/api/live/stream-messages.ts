/**
 * The messages of the stream as bytes. They are put together from JSON that the fleet holds ready, and made once for all clients that are
 * at the same version: a hundred clients share one buffer.
 */
import type { Fleet } from "../fleet/fleet.ts";

/** Messages as of the fleet's last refresh. */
export interface StreamMessages {
  /** Everything; with the detail of a node where one is named and there is such a node. */
  snapshot(detailOf: string | undefined): Buffer;
  /** What changed after a version; undefined when only a snapshot will do, "nothing" when there is nothing to tell. */
  delta(since: number, detailOf: string | undefined): Buffer | "nothing" | undefined;
  /** The same, also when there is nothing to tell: the answer to a client that resumes. */
  deltaEvenIfEmpty(since: number, detailOf: string | undefined): Buffer | undefined;
}

/** Messages of a fleet. */
export function createStreamMessages(fleet: Fleet): StreamMessages {
  /** What was made at the present version. */
  const made = new Map<string, unknown>();
  let madeVersion = -1;

  function once<Value>(key: string, make: () => Value): Value {
    if (madeVersion !== fleet.version) {
      made.clear();
      madeVersion = fleet.version;
    }
    if (made.has(key)) return made.get(key) as Value; // a key has one maker, and so one type
    const value = make();
    made.set(key, value);
    return value;
  }

  const head = (type: "snapshot" | "delta"): string => `{"type":"${type}","stream":"${fleet.stream}","version":${fleet.version}`;

  const snapshotBody = (): string =>
    once("snapshot", () => {
      const nodes = fleet.entries().map((entry) => entry.json);
      return `${head("snapshot")},"nodes":[${nodes.join(",")}],"findings":[${fleet.findings().join(",")}]`;
    });

  const changes = (since: number) => once(`changes ${since}`, () => fleet.changesSince(since));

  const deltaBody = (since: number): string | undefined =>
    once(`delta ${since}`, () => {
      const changed = changes(since);
      if (changed === undefined) return undefined;
      const nodes = changed.nodes.map((entry) => entry.json);
      const removed = JSON.stringify(changed.removedNodes);
      return `${head("delta")},"nodes":[${nodes.join(",")}],"removedNodes":${removed},"findings":[${changed.findings.join(",")}]`;
    });

  function close(body: string, detailOf: string | undefined): Buffer {
    const detail = detailOf === undefined ? undefined : fleet.detailJson(detailOf);
    return Buffer.from(detail === undefined ? `${body}}` : `${body},"detail":${detail}}`);
  }

  function deltaEvenIfEmpty(since: number, detailOf: string | undefined): Buffer | undefined {
    const body = deltaBody(since);
    return body === undefined ? undefined : once(`delta ${since} ${detailOf ?? ""}`, () => close(body, detailOf));
  }

  return {
    snapshot: (detailOf) => once(`snapshot ${detailOf ?? ""}`, () => close(snapshotBody(), detailOf)),
    delta(since, detailOf) {
      const changed = changes(since);
      const isEmpty = changed !== undefined && changed.nodes.length + changed.removedNodes.length + changed.findings.length === 0;
      return isEmpty && detailOf === undefined ? "nothing" : deltaEvenIfEmpty(since, detailOf);
    },
    deltaEvenIfEmpty,
  };
}
