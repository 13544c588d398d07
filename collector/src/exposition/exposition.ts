/**
 * The fleet's metrics as Prometheus reads them: chapter after chapter, and in each node after node, of one picture of the state. Nothing is kept between
 * two pages: keeping the lines of ten thousand nodes would cost more memory than making them costs time. It is made in slices, so that agents and
 * people are answered meanwhile, and as fast as it is read, so that a slow reader holds one chapter and not the page.
 */
import { AppError, type Clock, createTurns } from "@nodekeeper/shared";
import type { Findings } from "../evaluate/findings.ts";
import type { GpuUsageBook } from "../gpu-usage/gpu-usage.ts";
import type { Reconciliation } from "../reconcile/reconciliation.ts";
import type { Routing } from "../routing/routing.ts";
import type { StateHolder } from "../state/holder.ts";
import { type Family, labelsOf, type Moment } from "./chapter.ts";
import { chapters } from "./chapters/index.ts";
import { createPageSheet } from "./page-sheet.ts";

/** What a page is made of. */
export interface ExpositionOptions {
  readonly state: Pick<StateHolder, "nodes">;
  /** With people's decisions laid over them. */
  readonly findings: Pick<Findings, "all" | "ofNode">;
  /** Undefined: there is no cluster to write to. */
  readonly reconciliation: Pick<Reconciliation, "planOf"> | undefined;
  readonly routing: Pick<Routing, "backends">;
  readonly gpuUsage: Pick<GpuUsageBook, "all" | "of">;
  /** When a filesystem is likely to be full (ms since 1970); undefined where nobody can say. */
  readonly fullAtMs: (node: string, mountPoint: string) => number | undefined;
  readonly clock: Clock;
}

/** The metrics of all nodes. */
export interface Exposition {
  /** The page in pieces. Throws OVERLOADED where too many are read already. */
  page(): AsyncIterable<string>;
}

/** The form of the page. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

const leftOutFamily: Family = {
  name: "nodekeeper_left_out_things",
  type: "gauge",
  help: "Things of a node that are not on this page since it has too many of them, by kind.",
};

/** Every family that a page may have. */
export const families: readonly Family[] = [...chapters.flatMap((chapter) => chapter.families), leftOutFamily];

/** Pages that are made at the same time: two Prometheus servers, and a person who looks. */
const maximumPages = 4;

/** Makes it; it costs nothing until somebody reads. */
export function createExposition(options: ExpositionOptions): Exposition {
  const { state, findings, reconciliation, routing, gpuUsage, fullAtMs, clock } = options;
  let pages = 0;

  async function* make(): AsyncGenerator<string> {
    const nodes = state.nodes();
    const names = new Set(nodes.map(({ name }) => name));
    const servers = new Map(routing.backends().map((backend) => [backend.name, backend]));
    const leftOut: { readonly node: string; readonly kind: string; readonly count: number }[] = [];
    const moment: Moment = {
      nowMs: clock.wallMs(),
      findingsOf: (node) => findings.ofNode(node),
      clusterFindings: findings.all().filter(({ node }) => node === ""),
      planOf: (node) => reconciliation?.planOf(node),
      fullAtMs,
      serverOf: (node) => servers.get(node),
      otherServers: [...servers.values()].filter(({ name }) => !names.has(name)),
      usageOf: (node) => gpuUsage.of(node),
      otherUsages: gpuUsage.all().filter(({ node }) => !names.has(node)),
      leftOut: (node, kind, count) => void leftOut.push({ node, kind, count }),
    };
    const turn = createTurns(clock);
    for (const chapter of chapters) {
      const sheet = createPageSheet(chapter.families);
      for (const node of nodes) {
        chapter.write(node, moment, sheet);
        if (turn.isOver()) await turn.next();
      }
      chapter.close?.(moment, sheet);
      for (const piece of sheet.pieces()) {
        yield piece;
        if (turn.isOver()) await turn.next();
      }
    }
    const last = createPageSheet([leftOutFamily]);
    for (const { node, kind, count } of leftOut) last.add(leftOutFamily, labelsOf({ node, kind }), count);
    yield* last.pieces();
  }

  async function* counted(): AsyncGenerator<string> {
    pages += 1; // only once somebody reads: what is never begun is never ended
    try {
      yield* make();
    } finally {
      pages -= 1;
    }
  }

  return {
    page() {
      if (pages >= maximumPages)
        throw new AppError(
          "OVERLOADED",
          `${pages} pages of metrics are being read already: scrape less often, or from fewer places`,
        );
      return counted();
    },
  };
}
