/** Which lists a client of the stream is told. */
import { StreamTopic } from "@nodekeeper/shared/api";
import type { FleetChanges } from "../fleet/fleet.ts";

/** Its topics. */
export interface Topics {
  has(topic: StreamTopic): boolean;
  /** The same for the same topics; empty for all. */
  readonly key: string;
}

/** Those of a query; all without any. */
export function topicsOf(wanted: readonly StreamTopic[] | undefined): Topics {
  const all = StreamTopic.enum;
  const topics = new Set<StreamTopic>(wanted ?? all);
  return {
    has: (topic) => topics.has(topic),
    key: topics.size === all.length ? "" : all.filter((topic) => topics.has(topic)).join("."),
  };
}

/** Identity of what a client with these topics is told: who knows less cannot go on from there. */
export function streamIdOf(stream: string, { key }: Topics): string {
  return key === "" ? stream : `${stream}.${key}`;
}

/** The part of the changes that a client with these topics is told. */
export function changesOf(changes: FleetChanges, topics: Topics): FleetChanges {
  const has = { nodes: topics.has("nodes"), findings: topics.has("findings"), onboardings: topics.has("onboardings") };
  return {
    nodes: has.nodes ? changes.nodes : [],
    removedNodes: has.nodes ? changes.removedNodes : [],
    findings: has.findings ? changes.findings : [],
    onboardings: has.onboardings ? changes.onboardings : [],
    removedOnboardings: has.onboardings ? changes.removedOnboardings : [],
  };
}
