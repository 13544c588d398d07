/** One of two collectors writes, and none while it is paused: the guard of writes on a real API server, with the collector's own rights. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../collector/src/clients/kubernetes/kubernetes-client.ts";
import { createWriteGuard } from "../../collector/src/reconcile/guard/create-write-guard.ts";
import type { WriteGuard } from "../../collector/src/reconcile/may-write.ts";
import { createLogger, systemClock } from "../../packages/shared/src/index.ts";
import { until } from "../ollama/until.ts";
import { inTime } from "../support/in-time.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const leases = "/apis/coordination.k8s.io/v1/namespaces/nodekeeper/leases";
const leasePath = `${leases}/${names.lease.name}`;
const namespacePath = `/api/v1/namespaces/${names.namespace}`;
const domain = "nodekeeper.example";
const never = new AbortController().signal;

describe.skipIf(missing !== undefined)(`who may write to a cluster${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let writers: readonly Writer[] = [];

  beforeAll(async () => {
    house = await startHouse();
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    await Promise.all(writers.map((writer) => writer[Symbol.asyncDispose]()));
    writers = [];
  });

  const startWriter = (self: string): Writer => {
    const writer = aWriter(house.client, self);
    writers = [...writers, writer];
    return writer;
  };
  const spec = async (): Promise<Readonly<Record<string, unknown>>> => Object((await house.cluster.admin.get(leasePath))["spec"]);
  const annotate = async (value: string | null): Promise<void> => {
    const patch = { metadata: { annotations: { [`${domain}/paused`]: value } } };
    await house.cluster.admin.ask("PATCH", namespacePath, patch, "application/merge-patch+json");
  };

  it("of three that start at once exactly one may; it gives the Lease back, and the next one may within three seconds", async () => {
    const three = ["badger_1", "otter_1", "otter_2"].map(startWriter);
    const first = await until(async () => three.find(({ mayNow }) => mayNow()));
    await sleep(2_500);
    const holder = (await spec())["holderIdentity"];

    let [writing, waiting] = [first, three.filter((writer) => writer !== first)];
    const stopped: string[] = [];
    const tookMs = await inTime(
      (ms) => ms < 3_000 || waiting.length === 0,
      async () => {
        const stoppedAtMs = performance.now();
        stopped.push(writing.self);
        await writing[Symbol.asyncDispose]();
        writing = await until(async () => waiting.find(({ mayNow }) => mayNow()));
        waiting = waiting.filter((writer) => writer !== writing);
        return performance.now() - stoppedAtMs;
      },
    );

    expect(holder).toBe(first.self);
    expect(tookMs).toBeLessThan(3_000);
    const leaseTransitions = stopped.length + 1;
    expect(await spec()).toMatchObject({ holderIdentity: writing.self, leaseDurationSeconds: 10, leaseTransitions });
    expect(writing.guard.holder).toBe(writing.self);
    expect(overlapsMs(three)).toEqual([]);
  });

  it(
    "one that hears nothing of the cluster any more writes no longer than seven seconds, and another one goes on within fifteen",
    async () => {
      const { goesOnMs, writesMs, endsMs } = await inTime<Readonly<Record<"goesOnMs" | "writesMs" | "endsMs", number>>>(
        (took) => took.goesOnMs < 15_000 && took.writesMs < 8_000 && took.endsMs < 8_000,
        async (round) => {
          const lost = startWriter(`badger_${round}`);
          await until(async () => lost.mayNow());
          const standby = startWriter(`otter_${round}`);
          await sleep(500);

          const cutAtMs = performance.now();
          lost.cutOff();
          await until(async () => standby.mayNow());

          const took = {
            goesOnMs: performance.now() - cutAtMs,
            writesMs: (lost.allowed.at(-1)?.untilMs ?? Number.POSITIVE_INFINITY) - cutAtMs,
            endsMs: lost.firstSignalEndedAtMs() - cutAtMs,
          };
          expect(standby.allowed[0]?.fromMs ?? 0).toBeGreaterThan(lost.firstSignalEndedAtMs());
          expect(overlapsMs([lost, standby])).toEqual([]);
          await Promise.all([lost, standby].map((writer) => writer[Symbol.asyncDispose]()));
          return took;
        },
      );

      expect(goesOnMs).toBeLessThan(15_000);
      // It is told no at once, since it cannot read the pause; what it had begun is ended in time for the next one.
      expect(writesMs).toBeLessThan(8_000);
      expect(endsMs).toBeLessThan(8_000);
      expect(goesOnMs - endsMs).toBeGreaterThan(2_000);
    },
    3 * restartLimitMs,
  );

  it(
    "while the API server is frozen nobody writes, and the same one goes on when it thaws",
    async () => {
      const writer = startWriter("badger_1");
      await until(async () => writer.mayNow());
      const { leaseTransitions } = await spec();

      const { refused, refusedAfterMs, lostAfterMs, problems } = await inTime(
        (took) => took.refusedAfterMs < 3_000 && took.lostAfterMs < 8_000,
        async () => {
          const frozenAtMs = performance.now();
          await house.cluster.freeze();
          const refused = await until(async () => {
            const answer = await writer.guard.ask(never);
            return answer.kind === "no" && answer;
          });
          const refusedAfterMs = performance.now() - frozenAtMs;
          await until(async () => writer.guard.holder === undefined);
          const lostAfterMs = performance.now() - frozenAtMs;
          const problems = writer.guard.problems();
          house.cluster.thaw();
          await until(async () => writer.mayNow());
          return { refused, refusedAfterMs, lostAfterMs, problems };
        },
      );

      expect(refused).toMatchObject({ because: "unknown" });
      expect(refusedAfterMs).toBeLessThan(3_000);
      expect(lostAfterMs).toBeLessThan(8_000);
      expect(problems[0]).toContain("did not answer within");
      expect(await spec()).toMatchObject({ holderIdentity: "badger_1", leaseTransitions });
    },
    3 * restartLimitMs,
  );

  it("the annotation on the namespace stops it within a second, and lets it go on within two of being taken away", async () => {
    const writer = startWriter("badger_1");
    await until(async () => writer.mayNow());

    const { last, stoppedAfterMs, goesOnAfterMs } = await inTime(
      (took) => took.stoppedAfterMs < 1_000 && took.goesOnAfterMs < 2_000,
      async () => {
        await annotate("true");
        const pausedAtMs = performance.now();
        await until(async () => !writer.mayNow());
        const stoppedAfterMs = performance.now() - pausedAtMs;
        const { last } = writer.guard;
        await annotate(null);
        const clearedAtMs = performance.now();
        await until(async () => writer.mayNow());
        return { last, stoppedAfterMs, goesOnAfterMs: performance.now() - clearedAtMs };
      },
    );

    expect(stoppedAfterMs).toBeLessThan(1_000);
    expect(last).toMatchObject({ because: "paused", text: expect.stringContaining(`annotation ${domain}/paused`) });
    expect(goesOnAfterMs).toBeLessThan(2_000);
  });

  it("a Lease that is deleted is missed, said so, and held again when the manifests are applied", async () => {
    const writer = startWriter("badger_1");
    await until(async () => writer.mayNow());

    await house.cluster.admin.delete(leasePath);
    await until(async () => writer.guard.problems().some((text) => text.includes("it is not there, and cannot be made")));
    await house.cluster.admin.create(leases, { metadata: { name: names.lease.name } });

    await until(async () => (await spec())["holderIdentity"] === "badger_1");
    await until(async () => writer.guard.problems().length === 0);
    await until(async () => writer.mayNow());
    expect(writer.guard.holder).toBe("badger_1");
  });
});

/** Somebody who wants to write all the time, and remembers when it was allowed, by the one monotonic clock of this process. */
interface Writer extends AsyncDisposable {
  readonly self: string;
  readonly guard: WriteGuard;
  readonly allowed: readonly { readonly fromMs: number; readonly untilMs: number }[];
  mayNow(): boolean;
  /** As by a cable: no request of it reaches the API server any more. */
  cutOff(): void;
  firstSignalEndedAtMs(): number;
}

function aWriter(client: KubernetesClient, self: string): Writer {
  let isCutOff = false;
  const guard = createWriteGuard({
    ...{ client: cuttable(client, () => isCutOff), lease: names.lease, self, domain: () => domain },
    ...{ clock: systemClock, random: Math.random, logger: createLogger("test", "silent") },
  });
  const stopping = new AbortController();
  const allowed: { fromMs: number; untilMs: number }[] = [];
  let signalEndedAtMs = Number.POSITIVE_INFINITY;
  let isAllowed = false;
  let watched: AbortSignal | undefined;
  const writing = write();
  let disposed: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (!stopping.signal.aborted) {
      const answer = await guard.ask(never);
      if (answer.kind === "yes") {
        if (watched === undefined) {
          watched = answer.signal;
          watched.addEventListener("abort", () => {
            signalEndedAtMs = Math.min(signalEndedAtMs, performance.now());
          });
        }
        const nowMs = performance.now();
        if (isAllowed) Object.assign(allowed.at(-1) ?? {}, { untilMs: nowMs });
        else allowed.push({ fromMs: nowMs, untilMs: nowMs });
      }
      isAllowed = answer.kind === "yes";
      await sleep(20);
    }
  }

  return {
    self,
    guard,
    allowed,
    mayNow: () => isAllowed,
    cutOff: () => {
      isCutOff = true;
    },
    firstSignalEndedAtMs: () => signalEndedAtMs,
    async [Symbol.asyncDispose]() {
      disposed ??= (async () => {
        stopping.abort();
        await writing;
        await guard[Symbol.asyncDispose]();
      })();
      await disposed;
    },
  };
}

/** The client, whose requests are not answered while it is cut off. */
function cuttable(client: KubernetesClient, isCutOff: () => boolean) {
  const unlessCut = async <Answer>(signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> => {
    if (!isCutOff()) return await ask();
    return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  };
  const { readLease, createLease, replaceLease, readNamespace } = client;
  return {
    readLease: (...args: Parameters<typeof readLease>) => unlessCut(args[1], () => readLease(...args)),
    createLease: (...args: Parameters<typeof createLease>) => unlessCut(args[2], () => createLease(...args)),
    replaceLease: (...args: Parameters<typeof replaceLease>) => unlessCut(args[2], () => replaceLease(...args)),
    readNamespace: (...args: Parameters<typeof readNamespace>) => unlessCut(args[1], () => readNamespace(...args)),
  };
}

/** Times in which two were allowed at once. */
function overlapsMs(writers: readonly Writer[]): readonly number[] {
  const times = writers.flatMap(({ allowed }, writer) => allowed.map((time) => ({ ...time, writer })));
  const overlap = (a: (typeof times)[number], b: (typeof times)[number]): number =>
    Math.min(a.untilMs, b.untilMs) - Math.max(a.fromMs, b.fromMs);
  return times.flatMap((a, at) =>
    times.slice(at + 1).flatMap((b) => (a.writer !== b.writer && overlap(a, b) > 0 ? [overlap(a, b)] : [])),
  );
}
