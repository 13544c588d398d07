import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import type { NewObject, TextObject } from "../../clients/kubernetes/text-object.ts";
import type { Approval, Decisions, DecisionsKeeper, Override } from "./decisions.ts";
import { renderDecisions } from "./decisions-text.ts";
import { decisionsKey, keepDecisions } from "./keep-decisions.ts";

const at = { namespace: "nodekeeper", name: "nodekeeper-decisions" };
const never = new AbortController().signal;
const unreachable = new AppError("PEER_UNREACHABLE", "the cluster's API did not answer within 10 s");
const approval: Approval = { planHash: "0123456789abcdef", by: "mika", atMs: Date.UTC(2026, 0, 1) };
let keeper: DecisionsKeeper | undefined;

afterEach(async () => {
  await keeper?.[Symbol.asyncDispose]();
});

/** A ConfigMap in memory, and what goes wrong with it. The real API server is met in test/kubernetes. */
async function aKeeper(texts: Readonly<Record<string, string>> | undefined = {}, isAway = false) {
  const clock = new FakeClock();
  let version = 0;
  const state = {
    object: undefined as TextObject | undefined,
    nextWrite: "works" as "works" | "is done, and its answer lost" | "is lost",
    isAway,
  };
  const write = async (object: NewObject): Promise<TextObject> => {
    const how = state.nextWrite;
    state.nextWrite = "works";
    if (how === "is lost") throw unreachable;
    version += 1;
    const written = { ...object, resourceVersion: `${version}`, whole: {} };
    state.object = written;
    if (how === "is done, and its answer lost") throw unreachable;
    return written;
  };
  const put = (next: Readonly<Record<string, string>>): Promise<TextObject> =>
    write({ kind: "ConfigMap", at, labels: {}, texts: next });
  if (texts !== undefined) await put(texts);
  let gate: Promise<void> | undefined;
  const hang = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  const hanging = async (signal: AbortSignal): Promise<void> => {
    if (gate === undefined) return;
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    await Promise.race([gate, promise]);
  };
  const client = {
    read: async (_kind: unknown, _at: unknown, signal: AbortSignal) => {
      if (state.isAway) throw unreachable;
      await hanging(signal);
      return state.object;
    },
    create: write,
    replace: (object: TextObject, change: Pick<TextObject, "texts" | "labels">) => write({ ...object, ...change }),
  };
  const kept = keepDecisions({ client, at, clock, random: () => 0.5, logger: createLogger("test", "silent") });
  keeper = kept;
  const heard: (Decisions | undefined)[] = [];
  kept.onChanged(() => heard.push(kept.current));
  return { kept, clock, state, put, heard, hang };
}

const approve = (decisions: Decisions): Decisions => ({ ...decisions, approval });
const nothing: Decisions = { approval: undefined, overrides: [] };

describe("keeping decisions", () => {
  it.each([
    ["there is no object", undefined],
    ["the object of the manifests is empty", {}],
    ["the text in it is empty", { [decisionsKey]: "\n" }],
  ])("knows nothing before it has read, and that nobody decided anything where %s", async (_, texts) => {
    const { kept, clock } = await aKeeper(texts);
    const before = kept.current;
    await clock.advance(1);

    expect(before).toBeUndefined();
    expect(kept.current).toEqual(nothing);
  });

  it("goes on trying while the API server is away at the start", async () => {
    const { kept, clock, state, heard } = await aKeeper({}, true);
    await clock.advance(20_000);
    const whileAway = [kept.current, kept.problems()];
    state.isAway = false;
    await clock.advance(40_000);

    expect(whileAway).toEqual([
      undefined,
      ["the ConfigMap nodekeeper/nodekeeper-decisions cannot be read: the cluster's API did not answer within 10 s"],
    ]);
    expect(heard).toEqual([nothing]);
    expect(kept.problems()).toEqual([]);
  });

  it("hears within half a minute or so of what somebody changed by kubectl, once", async () => {
    const { kept, clock, put, heard } = await aKeeper();
    await clock.advance(1);
    heard.length = 0;

    await put({ [decisionsKey]: renderDecisions(approve(nothing)) });
    await clock.advance(33_000);
    await clock.advance(120_000);

    expect(kept.current).toEqual(approve(nothing));
    expect(heard).toHaveLength(1);
  });

  it("reads anew at once when it is asked to, and says where it could not", async () => {
    const { kept, clock, put, state } = await aKeeper();
    await clock.advance(1);
    await put({ [decisionsKey]: renderDecisions(approve(nothing)) });

    await kept.refresh(never);
    expect(kept.current).toEqual(approve(nothing));
    state.isAway = true;
    await expect(kept.refresh(never)).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
  });

  it("keeps what was read in force while the API server is away", async () => {
    const { kept, clock, state } = await aKeeper({ [decisionsKey]: renderDecisions(approve(nothing)) });
    await clock.advance(1);
    state.isAway = true;
    await clock.advance(60_000);

    expect(kept.current).toEqual(approve(nothing));
    expect(kept.problems()).toHaveLength(1);
    await expect(kept.change(() => nothing, never)).rejects.toMatchObject({
      ...{ code: "NOT_READY", message: expect.stringMatching(/^what was decided is not kept: .* did not answer/) },
    });
  });

  it.each([
    ["malformed", { [decisionsKey]: '{"version":1}' }, /is not in a form that we know: .*overrides/],
    ["somebody else's", { "nginx.conf": "" }, /is not ours: it holds nginx.conf and no decisions.json/],
  ])("knows nothing where the object is %s, leaves it alone, and says so", async (_, texts, problem) => {
    const { kept, clock, state, put } = await aKeeper({ [decisionsKey]: renderDecisions(approve(nothing)) });
    await clock.advance(1);
    await put(texts);
    await clock.advance(33_000);

    expect(kept.current).toBeUndefined();
    expect(kept.problems()).toEqual([expect.stringMatching(problem)]);
    await expect(kept.change(approve, never)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(problem),
    });
    expect(state.object?.texts).toEqual(texts);
    await put({});
    await clock.advance(60_000);
    expect(kept.current).toEqual(nothing);
  });

  it("looks whether a write whose answer was lost was done", async () => {
    const { kept, state } = await aKeeper();
    state.nextWrite = "is done, and its answer lost";

    await kept.change(approve, never);

    expect(kept.current).toEqual(approve(nothing));
  });

  it("says that it is not kept where the write was not done", async () => {
    const { kept, state } = await aKeeper();
    state.nextWrite = "is lost";

    await expect(kept.change(approve, never)).rejects.toMatchObject({
      ...{ code: "NOT_READY", message: expect.stringContaining("nodekeeper-decisions cannot be written") },
    });

    expect(kept.current).toEqual(nothing);
  });

  it("drops overrides that ended with the next change, and writes nothing where nothing changes", async () => {
    const { kept, clock, state } = await aKeeper();
    const override = (key: string, forMs: number): Override => ({
      ...{ reconciler: "node-labels", key, item: "a/b", value: "c", by: "mika", reason: "" },
      ...{ atMs: clock.wallMs(), untilMs: clock.wallMs() + forMs },
    });
    await kept.change((now) => ({ ...now, overrides: [override("badger", 60_000), override("otter", 600_000)] }), never);
    const version = state.object?.resourceVersion;
    await kept.change((now) => now, never);
    const untouched = state.object?.resourceVersion;
    await clock.advance(61_000);

    await kept.change(approve, never);

    expect(untouched).toBe(version);
    expect(kept.current?.overrides.map(({ key }) => key)).toEqual(["otter"]);
  });

  it("ends at once while a read hangs, and not before a change that is under way has ended", async () => {
    const { kept, clock, state, hang } = await aKeeper();
    await clock.advance(1);
    const release = hang();
    const changing = kept.change(approve, never);
    const disposed = kept[Symbol.asyncDispose]();
    await clock.advance(1);
    release();
    await Promise.all([changing, disposed]);

    expect(state.object?.texts[decisionsKey]).toContain("0123456789abcdef");
    const other = await aKeeper({});
    await other.clock.advance(1);
    other.hang();
    await other.clock.advance(40_000);
    await other.kept[Symbol.asyncDispose]();
    expect(other.clock.sleeperCount).toBe(0);
  });

  it("changes nothing when the change throws, and leaves no timer", async () => {
    const { kept, clock, state } = await aKeeper();
    await clock.advance(1);
    const version = state.object?.resourceVersion;

    await expect(
      kept.change(() => {
        throw new AppError("NOT_FOUND", "no such override");
      }, never),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
    await kept[Symbol.asyncDispose]();

    expect(state.object?.resourceVersion).toBe(version);
    expect(clock.sleeperCount).toBe(0);
  });
});
