/**
 * Plays a fault in time that passes by itself: the real probes read the scene at their intervals and when the kernel's log tells them to, and what
 * they say goes through the collector's own state, stock, rules and policy. No socket and no process: a day passes in a second (perform.ts plays
 * the same with the programs as they are installed).
 */
import { create } from "@bufbuild/protobuf";
import { HelloSchema, ObservationSchema } from "@nodekeeper/proto";
import type { Clock } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { evaluateNode, type OpenFindings } from "../../collector/src/evaluate/evaluate-node.ts";
import { createStockTaker } from "../../collector/src/inventory/stock-taker.ts";
import { decideTelling, type Wanted } from "../../collector/src/notify/decide-telling.ts";
import { snapshotOf, type Told } from "../../collector/src/notify/notice.ts";
import { afterTelling } from "../../collector/src/notify/told.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { createStateHolder } from "../../collector/src/state/holder.ts";
import { viewNode } from "../../collector/src/state/node-view.ts";
import { type Act, type AgentEvent, type Fault, minuteMs, secondMs } from "./fault.ts";
import { bootAnew, makeScene, type Scene, tellUptime } from "./scene.ts";
import { type Agent, type Report, startAgent } from "./stage-agent.ts";
import { type Written, writtenOn } from "./written.ts";

/** What came of it. */
export interface Rehearsal {
  /** What fires after the last act and did not before. */
  readonly came: readonly Finding[];
  /** How long after the last act each of them fired, by id. */
  readonly delaysMs: ReadonlyMap<string, number>;
  readonly before: Written;
  readonly after: Written;
  /** Findings of it that are still open after it was mended, and the time that was given. */
  readonly left: readonly Finding[];
  /** How long after it was mended the last one was resolved. */
  readonly overAfterMs: number;
  /** What people are told of it, as a channel without settings of its own is: how, and of which rule, in that order. */
  readonly told: readonly string[];
  /** What fired only because it was mended. */
  readonly late: readonly Finding[];
}

/** Long enough for whatever is wrong with the recorded machine to be known: the longest hold of a rule is an hour. */
const beforeMs = 75 * minuteMs;
/** Nothing that a fault does may show later than this, unless it says so. */
const watchedMs = 12 * minuteMs;
const fineStepMs = 5 * secondMs;
/** A recovery that takes a week is looked at as often as one of an hour. */
const recoverySteps = 24;
const heartbeatMs = 30 * secondMs;
const epoch = "epoch";
/** Of a channel of which nothing is said. */
const byDefault: Wanted = { severities: ["high"], advice: true };

/** Plays it. */
export async function rehearse(fault: Fault): Promise<Rehearsal> {
  await using machine = await startMachine(fault);
  await machine.pass(beforeMs, beforeMs / 4);
  await machine.pass(2 * fineStepMs, fineStepMs); // the kernel is listened to before anything happens
  const known = new Set(machine.firing().map(({ id }) => id));
  const before = machine.written();
  const ownFiring = (): readonly Finding[] => machine.firing().filter(({ id }) => !known.has(id));
  const told: string[] = [];
  const memory = new Map<string, Told>();
  /** What gathers for half a minute is one notice: here each look is one. */
  const tellPeople = (): void => {
    const found = new Map(machine.open().map((finding) => [finding.id, finding]));
    for (const id of new Set([...ownFiring().map((finding) => finding.id), ...memory.keys()])) {
      const [before, finding] = [memory.get(id), found.get(id)];
      const telling = decideTelling(byDefault, before, finding, machine.nowMs());
      if (telling === undefined) continue;
      const snapshot = finding === undefined ? before?.finding : snapshotOf(finding);
      if (snapshot === undefined) continue;
      const after = afterTelling(before, { telling, finding: snapshot }, "notice", machine.nowMs());
      memory.set(id, after);
      told.push(`${telling} ${snapshot.rule}`);
    }
  };
  const ownOpen = (): readonly Finding[] => machine.open().filter(({ id }) => !known.has(id));

  const delaysMs = new Map<string, number>();
  for (const act of fault.acts) {
    await machine.pass(act.afterMs ?? 0, Math.max(fineStepMs, (act.afterMs ?? 0) / recoverySteps));
    await machine.play(act);
    tellPeople();
  }
  const actedAtMs = machine.nowMs();
  const untilMs = actedAtMs + Math.max(watchedMs, ...fault.comes.map(({ withinMs }) => withinMs + minuteMs));
  while (machine.nowMs() <= untilMs) {
    for (const { id } of ownFiring()) if (!delaysMs.has(id)) delaysMs.set(id, machine.nowMs() - actedAtMs);
    tellPeople();
    await machine.pass(delaysMs.size < fault.comes.length ? fineStepMs : 2 * minuteMs);
  }
  const came = ownFiring();
  const after = machine.written();

  await machine.play(fault.mended);
  tellPeople();
  const mendedAtMs = machine.nowMs();
  const late = new Map<string, Finding>();
  while (machine.nowMs() - mendedAtMs < fault.overWithinMs && ownOpen().length > 0) {
    await machine.pass(Math.max(fineStepMs, fault.overWithinMs / recoverySteps));
    tellPeople();
    for (const finding of ownFiring()) if (!came.some(({ id }) => id === finding.id)) late.set(finding.id, finding);
  }
  return {
    ...{ came, delaysMs, before, after, left: ownOpen() },
    overAfterMs: machine.nowMs() - mendedAtMs,
    told,
    late: [...late.values()],
  };
}

interface Machine extends AsyncDisposable {
  nowMs(): number;
  /** Lets time pass, in steps: at the end of each the probes whose time has come run, and the rules look. */
  pass(durationMs: number, stepMs?: number): Promise<void>;
  play(act: Act): Promise<void>;
  open(): readonly Finding[];
  firing(): readonly Finding[];
  written(): Written;
}

async function startMachine({ machine, probes: own, prepare }: Fault): Promise<Machine> {
  await using parts = new AsyncDisposableStack();
  let clock = new FakeClock();
  let startedAtMs = 0;
  let aheadMs = 0;
  const scene: Scene = parts.use(
    await makeScene(machine, ({ recordedAtUnixMs, uptimeMs }) => {
      clock = new FakeClock(recordedAtUnixMs);
      startedAtMs = -uptimeMs;
      return { wallMs: () => clock.wallMs(), uptimeMs: () => clock.monotonicMs() - startedAtMs };
    }),
  );
  await prepare?.(scene);
  const agentClock: Clock = {
    wallMs: () => clock.wallMs() + aheadMs,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
  };
  const state = createStateHolder([]);
  const stock = createStockTaker(state);
  let open: OpenFindings = new Map();
  let sequence = 0;
  let contactAtMs = 0;
  let agent: Agent | undefined = await startAgent(scene, agentClock, own);
  parts.defer(() => agent?.[Symbol.asyncDispose]());

  const connect = ({ runs, identity: { machineId, bootId } }: Agent): void => {
    const probes = runs.map(({ probe: { name, intervalMs, minimumIntervalMs, maximumIntervalMs } }) => ({
      ...{ name, intervalMs, minimumIntervalMs, maximumIntervalMs },
    }));
    const hello = create(HelloSchema, {
      ...{ wireVersion: 1, agentVersion: "0.1.0", nodeName: machine, machineId, bootId, epoch, probes },
    });
    state.apply({ kind: "connected", node: machine, hello, proof: { state: "proven", by: "cluster" }, atMs: clock.wallMs() });
  };
  const report = async ({ observation, probe }: Report): Promise<void> => {
    sequence += 1;
    const nowMs = clock.wallMs();
    const before = state.node(machine)?.probes.get(probe);
    state.apply({
      ...{ kind: "observed", node: machine, epoch, observedAtMs: nowMs, receivedAtMs: nowMs },
      observation: create(ObservationSchema, { ...observation, sequence }),
    });
    stock.observe(machine, probe, before);
  };
  const speak = async (stepMs: number): Promise<void> => {
    if (agent === undefined) return;
    const nowMs = clock.wallMs();
    if (nowMs - contactAtMs >= Math.min(heartbeatMs, stepMs)) {
      contactAtMs = nowMs;
      state.apply({ kind: "contact", node: machine, clockSkewMs: aheadMs, losses: [], atMs: nowMs });
    }
    await agent.run(stepMs, report);
  };
  const look = (): void => {
    const node = state.node(machine);
    if (node === undefined) throw new Error("the node is not known");
    open = evaluateNode(rules, viewNode(node, clock.wallMs()), open, (_, thrown) => {
      throw thrown;
    }).open;
  };
  const all = (): readonly Finding[] => [...open.values()].map(({ finding }) => finding);
  const end = async (goodbye: string | undefined): Promise<void> => {
    await agent?.[Symbol.asyncDispose]();
    agent = undefined;
    state.apply({ kind: "disconnected", node: machine, epoch, goodbye, atMs: clock.wallMs() });
  };
  const happen = async (event: AgentEvent): Promise<void> => {
    switch (event.kind) {
      case "vanishes":
        return end(undefined);
      case "leaves":
        return end(event.goodbye);
      case "returns":
        if (agent !== undefined) await end(event.isNewBoot ? "reboot" : "stopped");
        if (event.isNewBoot) {
          startedAtMs = clock.monotonicMs();
          await bootAnew(scene);
        }
        agent = await startAgent(scene, agentClock, own);
        connect(agent);
        return speak(0);
      case "is-cloned":
        state.apply({
          ...{ kind: "intruded", node: machine, count: 1, atMs: clock.wallMs() },
          intrusion: { kind: "cloned", code: "IDENTITY_CLONED", who: "192.0.2.66" },
        });
        return;
      case "clock-set":
        aheadMs = event.aheadMs;
    }
  };

  connect(agent);
  await speak(0);
  look();
  const running = parts.move();
  return {
    nowMs: () => clock.wallMs(),
    async pass(durationMs, stepMs = durationMs) {
      for (let leftMs = durationMs; leftMs > 0; leftMs -= stepMs) {
        await agent?.listen(stepMs <= fineStepMs);
        await clock.advance(Math.min(stepMs, leftMs));
        if (own.includes("system")) await tellUptime(scene);
        await settled();
        await speak(stepMs);
        look();
      }
    },
    async play(act) {
      await act.change?.(scene);
      if (act.agent !== undefined) await happen(act.agent);
      agent?.lookAround();
      look();
    },
    open: all,
    firing: () => all().filter((finding) => finding.state === "firing"),
    written: () => writtenOn(machine, state.node(machine), all(), clock.wallMs()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Until nothing waits for a file. */
async function settled(): Promise<void> {
  await settle();
  while (process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"))) await settle();
}
