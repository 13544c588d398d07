import { describe, expect, it } from "vitest";
import { blastRadiusOf, said } from "./test-support/blast-scene.ts";
import type { ClusterInit, Expected } from "./test-support/cluster-init.ts";
import { arrays, arraysExpected } from "./test-support/clusters/arrays.ts";
import { home, homeExpected } from "./test-support/clusters/home.ts";
import { localData, localDataExpected } from "./test-support/clusters/local-data.ts";
import {
  fiveMembers,
  fiveMembersExpected,
  lastWord,
  lastWordExpected,
  silentApi,
  silentApiExpected,
  singleServer,
  singleServerExpected,
  unreadable,
  unreadableExpected,
} from "./test-support/clusters/others.ts";
import { placing, placingExpected } from "./test-support/clusters/placing.ts";
import { thinCopies, thinCopiesExpected } from "./test-support/clusters/thin-copies.ts";
import { threeServers, threeServersExpected } from "./test-support/clusters/three-servers.ts";

const clusters: readonly (readonly [ClusterInit, readonly Expected[]])[] = [
  [home, homeExpected],
  [threeServers, threeServersExpected],
  [thinCopies, thinCopiesExpected],
  [arrays, arraysExpected],
  [localData, localDataExpected],
  [placing, placingExpected],
  [singleServer, singleServerExpected],
  [unreadable, unreadableExpected],
  [silentApi, silentApiExpected],
  [lastWord, lastWordExpected],
  [fiveMembers, fiveMembersExpected],
];

describe.each(clusters.map(([cluster, expected]) => ({ title: cluster.title, cluster, expected })))(
  "blast radius: $title",
  ({ cluster, expected }) => {
    it.each(expected)("says what would break with $ask", async ({ ask: [node, disk], texts = {}, next, ...wanted }) => {
      const answer = await blastRadiusOf(cluster).of({ node, disk }, new AbortController().signal);

      expect({
        lost: said(answer, "lost"),
        outage: said(answer, "outage"),
        degraded: said(answer, "degraded"),
        moves: said(answer, "moves"),
        unknown: answer.unknown,
      }).toEqual({ lost: [], outage: [], degraded: [], moves: [], unknown: [], ...wanted });
      expect(Object.fromEntries(answer.items.map(({ kind, name, text }) => [`${kind} ${name}`, text]))).toMatchObject(texts);
      if (next !== undefined) expect(answer.next.map(({ command }) => command)).toEqual(next);
      expect(answer.next.map(({ command }) => command).join("\n")).not.toContain("delete node");
    });
  },
);
