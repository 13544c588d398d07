/**
 * Makes refusals known without being drowned by them: each is counted; the first of a kind is logged, audited and alarmed at once, and those that
 * follow within a minute together at its end. Kinds are told apart by what was wrong, by whom and in whose name.
 */
import type { AppError, Clock, Logger } from "@nodekeeper/shared";
import type { IngestMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Intrusion } from "../state/intrusion.ts";
import type { TurnedAwayBook } from "../state/turned-away.ts";
import type { NewAuditRecord, Store } from "../store/store.ts";
import { addressOf } from "./address-of.ts";
import type { Refusal } from "./refusal.ts";

/** A refusal, and whose. */
export interface RefusedAgent {
  readonly refusal: Pick<Refusal, "reason" | "details" | "error">;
  /** Address and port. */
  readonly peer: string;
  /** In whose name it spoke, or wanted to; undefined when that is not known. */
  readonly claimed?: string | undefined;
  /** Which node it proved to be; undefined when it proved nothing. */
  readonly proven?: string | undefined;
  readonly machineId?: string | undefined;
  /** What it wanted; not there: agent.connect. */
  readonly action?: "agent.connect" | "agent.enroll" | "agent.authenticate";
}

/** Where refusals are made known. */
export interface RefusalReports extends Disposable {
  /** A stream or an enrollment was refused. */
  refused(agent: RefusedAgent): void;
  /** Two machines have one identity; `who` are both, in words. Not counted as a refusal. */
  cloned(node: string, who: string, peer: string): void;
  /** Writes a record of the audit; what the store does not take is logged. */
  audit(record: Omit<NewAuditRecord, "at">): void;
}

/** What is needed to make them known. */
export interface RefusalReportsOptions {
  readonly state: Pick<StateHolder, "node" | "apply">;
  readonly store: Pick<Store, "appendAudit">;
  /** Each attempt is noted there, however many there are. */
  readonly turnedAway: Pick<TurnedAwayBook, "note">;
  readonly metrics: Pick<IngestMetrics, "streamRefused">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is made known. */
interface Occasion {
  readonly log: Readonly<Record<string, unknown>>;
  readonly audit: Omit<NewAuditRecord, "at"> | undefined;
  readonly alarm: { readonly node: string; readonly intrusion: Intrusion } | undefined;
}

/** Who it was that did it. Each has room of its own: what strangers do, of whom there is no end, hides nothing that was proven. */
interface Origin {
  readonly group: "stranger" | "proven" | "cloned";
  /** The node that was proven, or an address. */
  readonly name: string;
}

/** How long what follows the first of a kind is gathered. */
const windowMs = 60_000;
/** Kinds of a group at the same time; when there are more, the rest of them are of one kind. */
const maximumKinds = 100;
/** Kinds of one origin: who makes up names is known for that, and does not take the room of others. */
const maximumKindsOfOne = 10;

/** Makes them known. Disposing says what is gathered. */
export function createRefusalReports(options: RefusalReportsOptions): RefusalReports {
  const { state, clock, logger, metrics } = options;
  const following = new Map<string, { readonly origin: Origin; readonly occasion: Occasion; readonly count: number }>();
  const stopping = new AbortController();

  function occur(origin: Origin, key: string, single: Occasion): void {
    const [kind, occasion] = kindOf(origin, key, single);
    const entry = following.get(kind);
    following.set(kind, { origin, occasion, count: (entry?.count ?? -1) + 1 });
    if (entry !== undefined) return;
    tell(occasion, 1);
    clock.sleep(windowMs, stopping.signal).then(
      () => flush(kind),
      () => undefined, // disposing flushes
    );
  }

  /** Its own kind where there is room, else that of all others of its origin, or of its group. */
  function kindOf(origin: Origin, key: string, single: Occasion): readonly [kind: string, occasion: Occasion] {
    const { group, name } = origin;
    if (following.has(key)) return [key, single];
    const kinds = [...following.values()].filter((entry) => entry.origin.group === group);
    if (kinds.length >= maximumKinds) return [`others: ${group}`, othersOf("many")];
    if (kinds.filter((entry) => entry.origin.name === name).length >= maximumKindsOfOne)
      return [`others: ${group} ${name}`, othersOf(name)];
    return [key, single];
  }

  function flush(kind: string): void {
    const entry = following.get(kind);
    following.delete(kind);
    if (entry !== undefined && entry.count > 0) tell(entry.occasion, entry.count);
  }

  function tell({ log, audit: record, alarm }: Occasion, count: number): void {
    logger.warn({ ...log, count }, "an agent was refused");
    if (record !== undefined) audit(count === 1 ? record : { ...record, detail: `${record.detail} (${count} times)` });
    if (alarm !== undefined && state.node(alarm.node) !== undefined)
      state.apply({ kind: "intruded", node: alarm.node, intrusion: alarm.intrusion, count, atMs: clock.wallMs() });
  }

  function noteAttempt(agent: RefusedAgent, address: string, { code, message, context }: AppError): void {
    const known = context["node"];
    const name = agent.claimed ?? agent.proven ?? (typeof known === "string" ? known : undefined);
    const { machineId = "" } = agent;
    if (name !== undefined) options.turnedAway.note(name, { code, message, address, machineId }, clock.wallMs());
  }

  function audit(record: Omit<NewAuditRecord, "at">): void {
    const at = new Date(clock.wallMs()).toISOString();
    options.store.appendAudit([{ at, ...record }]).catch((err: unknown) => {
      logger.error({ err, record }, "the audit could not be written, this is what it should say");
    });
  }

  return {
    audit,
    refused(agent) {
      const { reason, details, error } = agent.refusal;
      metrics.streamRefused(reason);
      const address = addressOf(agent.peer);
      const { claimed, proven, machineId } = agent;
      const isStranger = proven === undefined;
      if (error !== undefined && isAttempt(error)) noteAttempt(agent, address, error);
      const key = [reason, address, claimed, proven, isStranger ? "" : machineId].join(" ");
      const log = { ...agent, refusal: undefined, reason, details };
      occur(
        isStranger ? { group: "stranger", name: address } : { group: "proven", name: proven },
        key,
        error !== undefined && isAttempt(error)
          ? { log, ...attempt(agent, address, error) }
          : { log, audit: undefined, alarm: undefined },
      );
    },
    cloned(node, who, peer) {
      const intrusion: Intrusion = { kind: "cloned", code: "IDENTITY_CLONED", who };
      const record = recordOf(node, undefined, `IDENTITY_CLONED: ${who}`);
      const origin = { group: "cloned", name: node } as const;
      occur(origin, ["cloned", node, who].join(" "), { log: { node, peer, who }, audit: record, alarm: { node, intrusion } });
    },
    [Symbol.dispose]() {
      stopping.abort();
      for (const kind of [...following.keys()]) flush(kind);
    },
  };
}

/** Who came is what matters here; that a service of ours did not answer is no attempt of anybody's. */
function isAttempt(error: AppError): boolean {
  return error.kind === "identity" && !error.isTransient;
}

function attempt({ claimed, proven, machineId, action }: RefusedAgent, address: string, error: AppError): Omit<Occasion, "log"> {
  const { code, message } = error;
  const machine = machineId === undefined || machineId === "" ? "" : `machine-id ${machineId}`;
  const proof = proven === undefined || proven === claimed ? "" : `proven to be ${proven}`;
  const from = [address, machine, proof].filter((part) => part !== "").join(", ");
  const who = proven === undefined ? address : from; // a stranger may make up a machine-id for each attempt
  const known = error.context["node"]; // of a credential that was revoked, or of a token that names it
  const node = claimed ?? proven ?? (typeof known === "string" ? known : undefined);
  return {
    audit: { ...recordOf(node, proven, `from ${from}: ${code}: ${message}`), action: action ?? "agent.connect" },
    alarm:
      node === undefined
        ? undefined
        : { node, intrusion: { kind: code === "IDENTITY_CLONED" ? "cloned" : "refused", code, who } },
  };
}

/** Those that are too many to be told apart. */
function othersOf(whom: string): Occasion {
  return {
    log: { reason: "too many kinds at once", from: whom },
    audit: recordOf(undefined, undefined, `from ${whom}, in many names: more kinds at once than are told apart`),
    alarm: undefined,
  };
}

function recordOf(node: string | undefined, proven: string | undefined, detail: string): Omit<NewAuditRecord, "at"> {
  return {
    actor: { kind: "agent", name: proven ?? "" },
    action: "agent.connect",
    target: node === undefined ? { kind: "", name: "" } : { kind: "node", name: node },
    outcome: "refused",
    detail,
  };
}
