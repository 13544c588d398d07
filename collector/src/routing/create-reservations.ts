/**
 * The reservations as a running thing. A person's is in the store before it holds and ends at its time; a program's follows from what the agent says of the
 * GPU. What they do to routes and models is in create-routing.ts and unload-reserved.ts.
 */
import { AppError, type Clock, createListeners, createMutex, type Logger, runEvery } from "@nodekeeper/shared";
import { GpuReservation, type GpuReservationRequest } from "@nodekeeper/shared/api";
import { Value } from "typebox/value";
import type { StateHolder } from "../state/holder.ts";
import { isoTime } from "../state/iso-time.ts";
import { gpuFacts, gpuKinds, gpuProbes } from "../state/machine-facts.ts";
import type { Store } from "../store/store.ts";
import { hasGpu } from "./has-gpu.ts";
import { followProgram, mayEnd, type ProgramHold } from "./program-hold.ts";
import type { Reservations } from "./reservations.ts";

/** What it needs. */
export interface ReservationOptions {
  readonly state: StateHolder;
  readonly store: Pick<Store, "documents" | "saveDocuments">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A program that keeps a GPU, and how others are told so: the same object while it is the same. */
interface KeptProgram {
  readonly hold: ProgramHold;
  readonly reservation: GpuReservation;
}

const tickMs = 5_000;
/** A person reserves a few machines; a script that goes wrong reserves more. */
const maximumKept = 1_000;

/** Reads what was reserved before, and begins. */
export async function createReservations({ state, store, clock, random, logger }: ReservationOptions): Promise<Reservations> {
  const people = new Map<string, GpuReservation>();
  const programs = new Map<string, KeptProgram>();
  const looked = new Map<string, readonly unknown[]>();
  const listeners = createListeners<readonly string[]>();
  const inOrder = createMutex();
  const stopping = new AbortController();
  for (const { id, body } of await store.documents("reservation")) {
    if (Value.Check(GpuReservation, body) && !Number.isNaN(Date.parse(body.until ?? ""))) people.set(id, body);
    else logger.error({ node: id }, "a reservation in the store is damaged, it is left out");
  }
  // As of its last word: what kept a GPU then keeps it until its agent says otherwise, however long we were away.
  for (const { name, probes } of state.nodes())
    follow(name, Math.min(clock.wallMs(), probes.get("gpu")?.observedAtMs ?? clock.wallMs()));

  const subscription = state.subscribe((names) => tell(names.filter((name) => isOther(name) && follow(name, clock.wallMs()))));
  const ticking = runEvery(
    { clock, random, signal: stopping.signal, intervalMs: () => tickMs, firstDelayMs: tickMs },
    async () => {
      const due = [...programs].filter(([, { hold }]) => mayEnd(hold, clock.wallMs())).map(([name]) => name);
      tell(due.filter((name) => follow(name, clock.wallMs())));
      await inOrder(endPeople);
    },
  );

  /** Whether anything was said of its GPU since it was looked at: nodes speak of other things far more often. */
  function isOther(name: string): boolean {
    const node = state.node(name);
    const said = node === undefined || !hasGpu(node) ? undefined : gpuProbes.map((probe) => node.probes.get(probe));
    const before = looked.get(name);
    if (said === undefined) looked.delete(name);
    else looked.set(name, said);
    return said === undefined || before === undefined ? said !== before : said.some((probe, at) => probe !== before[at]);
  }

  /** Whether the node's program came, went, or is another one. */
  function follow(name: string, nowMs: number): boolean {
    const before = programs.get(name);
    const node = state.node(name);
    const hold =
      node === undefined || !hasGpu(node) ? undefined : followProgram(before?.hold, gpuFacts(node, gpuKinds, nowMs), nowMs);
    if (hold === undefined) {
      programs.delete(name);
      return before !== undefined;
    }
    const isOfNow = before !== undefined && before.hold.program === hold.program && before.hold.sinceMs === hold.sinceMs;
    programs.set(name, { hold, reservation: isOfNow ? before.reservation : reservationOf(name, hold) });
    return !isOfNow;
  }

  /** In order with who reserves: what is taken out of the store here is none that was just put there. */
  async function endPeople(): Promise<void> {
    const nowMs = clock.wallMs();
    const ended = [...people].flatMap(([node, { until }]) => (until !== undefined && Date.parse(until) <= nowMs ? [node] : []));
    if (ended.length === 0) return;
    for (const node of ended) people.delete(node);
    tell(ended);
    await store.saveDocuments("reservation", [], ended).catch(forget);
  }

  /** It has ended all the same: it is ended again when the store is read next. */
  function forget(err: unknown): void {
    logger.warn({ err }, "the store did not take that reservations ended");
  }

  function tell(nodes: readonly string[]): void {
    if (nodes.length > 0) listeners.tell(nodes);
  }

  function of(node: string): GpuReservation | undefined {
    const person = people.get(node);
    if (person !== undefined && Date.parse(person.until ?? "") > clock.wallMs()) return person;
    return programs.get(node)?.reservation;
  }

  return {
    of,
    all: () => [...new Set([...people.keys(), ...programs.keys()])].sort().flatMap((node) => of(node) ?? []),
    reserve: ({ node, forSeconds, reason = "" }: GpuReservationRequest, by) =>
      inOrder(async () => {
        const known = state.node(node);
        if (known === undefined || !hasGpu(known)) throw new AppError("NOT_FOUND", `no GPU is known on a node "${node}"`);
        if (people.size >= maximumKept && !people.has(node))
          throw new AppError("CONFLICT", `there are ${maximumKept} reservations already`);
        const nowMs = clock.wallMs();
        const times = { at: isoTime(nowMs), until: isoTime(nowMs + forSeconds * 1000) };
        const reservation: GpuReservation = { node, kind: "person", by, reason, ...times };
        await store.saveDocuments("reservation", [{ id: node, changedAtMs: nowMs, body: reservation }], []);
        people.set(node, reservation);
        tell([node]);
        return reservation;
      }),
    release: (node) =>
      inOrder(async () => {
        const reservation = people.get(node);
        if (reservation === undefined) throw new AppError("NOT_FOUND", nothingToRelease(node, programs.get(node)));
        await store.saveDocuments("reservation", [], [node]);
        people.delete(node);
        tell([node]);
        return reservation;
      }),
    onChanged: (listener) => listeners.add(listener),
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      stopping.abort();
      await ticking;
    },
  };
}

function reservationOf(node: string, { program, sinceMs }: ProgramHold): GpuReservation {
  return { node, kind: "program", by: program, reason: "", at: isoTime(sinceMs) };
}

/** A program's own reservation ends with it alone. */
function nothingToRelease(node: string, program: { readonly reservation: GpuReservation } | undefined): string {
  if (program === undefined) return `nobody keeps the GPU of ${node}`;
  return `no person keeps the GPU of ${node}: ${program.reservation.by} uses it, and models may come back five minutes after it ended`;
}
