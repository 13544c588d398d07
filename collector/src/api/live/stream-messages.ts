/**
 * The messages of the stream as bytes. They are put together from JSON that the fleet holds ready, and made once for all clients that are
 * at the same version: a hundred clients share one buffer.
 */
import type { Fleet } from "../fleet/fleet.ts";
import { changesOf, streamIdOf, type Topics } from "./topics.ts";

/** Messages as of the fleet's last refresh. */
export interface StreamMessages {
  /** Everything; with the detail of a node where one is named and there is such a node. */
  snapshot(topics: Topics, detailOf: string | undefined): Buffer;
  /** What changed after a version; undefined when only a snapshot will do, "nothing" when there is nothing to tell. */
  delta(topics: Topics, since: number, detailOf: string | undefined): Buffer | "nothing" | undefined;
  /** The same, also when there is nothing to tell: the answer to a client that resumes. */
  deltaEvenIfEmpty(topics: Topics, since: number, detailOf: string | undefined): Buffer | undefined;
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

  const head = (type: "snapshot" | "delta", topics: Topics): string =>
    `{"type":"${type}","stream":"${streamIdOf(fleet.stream, topics)}","version":${fleet.version}`;

  const snapshotBody = (topics: Topics): string =>
    once(`snapshot ${topics.key}`, () => {
      const nodes = topics.has("nodes") ? fleet.entries().map((entry) => entry.json) : [];
      const findings = topics.has("findings") ? fleet.findings() : [];
      const onboardings = topics.has("onboardings") ? listed("onboardings", fleet.onboardings()) : "";
      return `${head("snapshot", topics)},"nodes":[${nodes.join(",")}],"findings":[${findings.join(",")}]${onboardings}`;
    });

  const changes = (topics: Topics, since: number) =>
    once(`changes ${topics.key} ${since}`, () => {
      const all = fleet.changesSince(since);
      return all && changesOf(all, topics);
    });

  const deltaBody = (topics: Topics, since: number): string | undefined =>
    once(`delta ${topics.key} ${since}`, () => {
      const changed = changes(topics, since);
      if (changed === undefined) return undefined;
      const nodes = changed.nodes.map((entry) => entry.json);
      const removed = JSON.stringify(changed.removedNodes);
      const onboardings = listed("onboardings", changed.onboardings);
      const gone = listed(
        "removedOnboardings",
        changed.removedOnboardings.map((name) => JSON.stringify(name)),
      );
      const findings = changed.findings.join(",");
      return `${head("delta", topics)},"nodes":[${nodes.join(",")}],"removedNodes":${removed},"findings":[${findings}]${onboardings}${gone}`;
    });

  function close(body: string, detailOf: string | undefined): Buffer {
    const detail = detailOf === undefined ? undefined : fleet.detailJson(detailOf);
    return Buffer.from(detail === undefined ? `${body}}` : `${body},"detail":${detail}}`);
  }

  function deltaEvenIfEmpty(topics: Topics, since: number, detailOf: string | undefined): Buffer | undefined {
    const body = deltaBody(topics, since);
    return body === undefined ? undefined : once(`closed ${topics.key} ${since} ${detailOf ?? ""}`, () => close(body, detailOf));
  }

  return {
    snapshot: (topics, detailOf) =>
      once(`closed snapshot ${topics.key} ${detailOf ?? ""}`, () => close(snapshotBody(topics), detailOf)),
    delta(topics, since, detailOf) {
      const changed = changes(topics, since);
      const isEmpty = changed !== undefined && Object.values(changed).every((list) => list.length === 0);
      return isEmpty && detailOf === undefined ? "nothing" : deltaEvenIfEmpty(topics, since, detailOf);
    },
    deltaEvenIfEmpty,
  };
}

/** A list of JSON texts as a further field of a message; nothing where it is empty. */
function listed(name: string, texts: readonly string[]): string {
  return texts.length === 0 ? "" : `,"${name}":[${texts.join(",")}]`;
}
