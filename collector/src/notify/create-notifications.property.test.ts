/** Whatever happens to findings, to the collector and to a service: nobody is told twice, too much, or too little. */
import { AppError } from "@nodekeeper/shared";
import type { Finding, Severity } from "@nodekeeper/shared/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import { postponed, refused } from "./channels/channel.ts";
import type { Notice, NoticeItem } from "./notice.ts";
import { aFinding, quiet, resolved } from "./test-support/a-finding.ts";
import { aChannel, startTelling, type TellingScene } from "./test-support/telling-scene.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nodes = ["neko", "panther", "bobcat"] as const;

/** One thing that happens, about one node where it is about one. */
type Step =
  | { readonly kind: "fire"; readonly node: number; readonly level: number; readonly severity: Severity }
  | { readonly kind: "quiet" | "suppress" | "end"; readonly node: number }
  | { readonly kind: "wait"; readonly minutes: number }
  | { readonly kind: "restart" | "kill" | "heal" | "away" | "refuse" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("fire" as const),
    node: fc.nat(2),
    level: fc.integer({ min: 10, max: 13 }),
    severity: fc.constantFrom<Severity>("high", "high", "medium"),
  }),
  fc.record({ kind: fc.constantFrom("quiet" as const, "suppress" as const, "end" as const), node: fc.nat(2) }),
  fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 0, max: 90 }) }),
  fc.record({ kind: fc.constantFrom("restart" as const, "kill" as const, "heal" as const, "away" as const, "refuse" as const) }),
);

it("tells everything that lasts, each level of it and its end once, and nothing that is quiet", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await using scene = await startTelling({ channels: [aChannel({ advice: false })] });
      const world = createWorld(scene);
      for (const each of steps) await world.take(each);
      await world.settleDown();
      const told = withoutRepeats(scene.arrived);
      for (const notice of told) for (const item of notice.items) world.expectAllowed(notice, item);
      for (const node of nodes) expectInOrder(told, node, scene.findings.ofNode(node)[0]);
    }),
    { numRuns: 120 },
  );
}, 30_000);

function createWorld(scene: TellingScene) {
  let serial = 0;
  /** When people might be told of a node: from each of these times on, until the next. */
  const times = new Map<string, { readonly fromMs: number; readonly isTellable: boolean }[]>();

  function put(finding: Finding): void {
    scene.findings.put(finding);
    const isTellable = finding.state === "firing" && !finding.isHeld && finding.suppressedBy === undefined && !finding.attention;
    const known = times.get(finding.node) ?? [];
    times.set(finding.node, [...known, { fromMs: scene.clock.wallMs(), isTellable: isTellable && finding.severity === "high" }]);
  }

  const open = (node: number): Finding | undefined => scene.findings.ofNode(nodes[node] ?? "")[0];

  async function take(step: Step): Promise<void> {
    const finding = "node" in step ? open(step.node) : undefined;
    if (step.kind === "fire") {
      const { level, severity } = step;
      const {
        suppressedBy: _,
        attention: __,
        ...base
      } = finding ?? aFinding({ node: nodes[step.node] ?? "", id: `f${serial++}` });
      put({ ...base, isHeld: false, severity, measure: { name: "percentage_used", level } });
    } else if (step.kind === "quiet" && finding) put(quiet(finding));
    else if (step.kind === "suppress" && finding) put({ ...finding, suppressedBy: "another" });
    else if (step.kind === "end" && finding) put(resolved(finding));
    else if (step.kind === "wait") await scene.clock.advance(step.minutes * minuteMs);
    else if (step.kind === "away") scene.outcome = postponed("away");
    else if (step.kind === "refuse") scene.outcome = refused("no");
    else if (step.kind === "heal") scene.outcome = { kind: "delivered" };
    else if (step.kind === "restart" || step.kind === "kill") await restart(step.kind === "kill");
  }

  async function restart(isKilled: boolean): Promise<void> {
    if (isKilled) scene.store.fail(new AppError("STORE_FAILED", "killed"));
    await scene.stop();
    scene.store.fail(undefined);
    await scene.restart();
    for (const finding of scene.findings.all()) put(finding);
  }

  return {
    take,
    /** Everything works, all is known, and nothing happens for hours. */
    async settleDown(): Promise<void> {
      scene.outcome = { kind: "delivered" };
      for (const finding of scene.findings.all()) put({ ...finding, isHeld: false });
      await scene.clock.advance(5 * hourMs);
    },
    expectAllowed({ atMs }: Notice, { telling, finding }: NoticeItem): void {
      if (telling === "resolved") return;
      const known = times.get(finding.node) ?? [];
      const then = known.filter(({ fromMs }, index) => fromMs <= atMs && atMs <= (known[index + 1]?.fromMs ?? Infinity));
      expect(then.some(({ isTellable }) => isTellable)).toBe(true);
    },
  };
}

/** A notice that came twice is one by its id. */
function withoutRepeats(notices: readonly Notice[]): readonly Notice[] {
  return notices.filter(({ id }, index) => notices.findIndex((other) => other.id === id) === index);
}

function expectInOrder(notices: readonly Notice[], node: string, now: Finding | undefined): void {
  let told: number | undefined;
  for (const { telling, finding } of notices.flatMap(({ items }) => items).filter((item) => item.finding.node === node)) {
    const { level = 0 } = finding.measure ?? {};
    if (telling === "resolved") {
      expect(told).toBeDefined();
      told = undefined;
    } else if (told === undefined) {
      expect(["firing", "flapping"]).toContain(telling);
      told = level;
    } else {
      expect(["worse", "flapping"]).toContain(telling);
      expect(level).toBeGreaterThan(told);
      told = level;
    }
  }
  if (now === undefined) expect(told).toBeUndefined();
  else if (now.severity === "high" && !now.attention && now.suppressedBy === undefined) {
    expect(told).toBeGreaterThanOrEqual(now.measure?.level ?? 0);
  }
}
