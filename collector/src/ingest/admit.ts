/** Whether an agent that says hello is let in, and what its coming changes. */
import { status } from "@grpc/grpc-js";
import type { Hello } from "@nodekeeper/proto";
import { AppError, type Logger } from "@nodekeeper/shared";
import type { AgentIdentity } from "../identity/agent-identity.ts";
import type { NodeState } from "../state/node-state.ts";
import { isOtherMachine } from "../state/reduce.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { SessionContext } from "./session-context.ts";
import { proofOf } from "./session-identity.ts";
import type { Session } from "./sessions.ts";
import type { ValidatedHello } from "./validate-hello.ts";

/** What becomes of a Hello. */
export type Admitted =
  | { readonly kind: "admitted"; readonly session: Session }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Who speaks, and from where. */
export interface Speaker {
  readonly identity: AgentIdentity;
  readonly peer: string;
}

/** What it looks at, and what it changes. */
export type AdmitContext = Pick<
  SessionContext,
  "authenticator" | "state" | "sessions" | "clones" | "heldFacts" | "clock" | "maximumNodes" | "onNodeChanged"
>;

/**
 * A stream on which nothing came for so long is one of a machine that went without a word: at default intervals every agent says something
 * twice in this time.
 */
const deadStreamMs = 40_000;
/** A name that two machines want stays with the one that has it until it was silent for so long. */
const contestedMs = 10 * 60_000;

/** Lets the agent in as the one session of its node, or says why not. `open` makes its session. */
export function admit(
  validated: ValidatedHello,
  speaker: Speaker,
  context: AdmitContext,
  logger: Pick<Logger, "warn">,
  open: (hello: Hello) => Session,
): Admitted {
  if (validated.kind === "refused") {
    const { code, details } = validated;
    return refused({ reason: code === status.UNIMPLEMENTED ? "wire_version" : "hello", code, details });
  }
  const { hello } = validated;
  const problem = problemOfClaim(hello, speaker.identity, context);
  if (problem !== undefined) return refused(refusalOf(problem));

  const { state, maximumNodes } = context;
  const node = hello.nodeName;
  const known = state.node(node);
  if (known === undefined && isFull(speaker.identity, context)) {
    const details = `${maximumNodes} nodes are known, no other is taken`;
    return refused({ reason: "too_many_nodes", code: status.RESOURCE_EXHAUSTED, details });
  }
  const clone = refusalOfClone(hello, speaker, context);
  if (clone !== undefined) return refused(clone);

  if (known !== undefined && isOtherMachine(known, hello)) {
    const nowMs = context.clock.wallMs();
    if (mayContest(known, speaker) && context.clones.isContested(node) && nowMs - known.lastContactAtMs < contestedMs)
      return refused(refusalOfContest(known, speaker));
    logger.warn(
      { node, before: known.machineId, now: hello.machineId },
      "another machine bears the name, what is known of the old one is set aside",
    );
    context.heldFacts.forget(node);
    if (mayContest(known, speaker)) context.clones.tookName(node);
    else context.clones.provedName(node);
  }
  const session = open(hello);
  const before = context.sessions.of(node);
  if (before !== undefined) context.clones.replaced(before, session);
  context.sessions.enter(session);
  state.apply({ kind: "connected", node, hello, proof: proofOf(speaker.identity), atMs: context.clock.wallMs() });
  context.onNodeChanged(node);
  context.clones.look(session);
  return { kind: "admitted", session };
}

/** Whoever proves a name is not kept out by names that anybody on this machine can make up. */
function isFull(identity: AgentIdentity, { state, maximumNodes }: AdmitContext): boolean {
  const nodes = state.nodes();
  if (nodes.length < maximumNodes || identity.kind === "unproven") return nodes.length >= maximumNodes;
  return nodes.filter(({ proof }) => proof.state !== "unproven").length >= maximumNodes;
}

/** Whether the agent may speak for the node that it says it is. */
export function problemOfClaim(
  { nodeName, machineId }: Pick<Hello, "nodeName" | "machineId">,
  identity: AgentIdentity,
  { authenticator, state }: Pick<SessionContext, "authenticator" | "state">,
): AppError | undefined {
  if (identity.kind === "unproven") {
    const wasProven = state.node(nodeName)?.proof.state;
    if (!authenticator.isNameTaken(nodeName) && (wasProven === undefined || wasProven === "unproven")) return undefined;
    const advice = "its agent must show its credential, and an agent that has none needs another --node-name";
    return new AppError("IDENTITY_MISSING", `${nodeName} is a machine that proves who it is: ${advice}`);
  }
  if (identity.node !== nodeName) {
    const context = { node: identity.node, claimed: nodeName };
    return new AppError("IDENTITY_MISMATCH", `the credential is of ${identity.node}, and the agent says it is ${nodeName}`, {
      context,
    });
  }
  try {
    authenticator.checkMachine(identity, machineId);
    return undefined;
  } catch (thrown) {
    return AppError.from(thrown);
  }
}

/** Two machines must not speak in one name: the first stays. */
function refusalOfClone(hello: Hello, { identity, peer }: Speaker, context: AdmitContext): Refusal | undefined {
  const { sessions, clock, clones } = context;
  const rival = sessions.rivalOf(hello.nodeName, hello.machineId);
  const isUsurper = rival?.identity.kind === "unproven" && identity.kind !== "unproven"; // proof wins over none
  if (rival !== undefined && !isUsurper) {
    const details = `another machine (machine-id ${rival.machineId}) is connected as ${hello.nodeName}; give this one a name of its own`;
    const error = new AppError("IDENTITY_CLONED", `${details} (${rival.peer})`);
    return { reason: "other_machine", code: status.ALREADY_EXISTS, details, error };
  }
  const first = sessions.of(hello.nodeName);
  if (
    first === undefined ||
    first.identity.kind === "unproven" ||
    identity.kind === "unproven" ||
    first.bootId === hello.bootId ||
    hello.bootId === ""
  )
    return undefined;
  // It may be the same machine after a crash: only what is heard of the first from now on says that they are two.
  if (clock.monotonicMs() - first.heardAtMs > deadStreamMs) return undefined;
  clones.suspect(first, { bootId: hello.bootId, peer });
  const details = `${hello.nodeName} is connected already and runs another kernel (boot ${first.bootId}); a machine that was restarted is taken when its old stream is seen to be dead, within a minute`;
  return { reason: "other_machine", code: status.ALREADY_EXISTS, details };
}

/** A credential is of one machine alone, and whoever proves a name takes it from those who only say it: no stranger's turns keep him out. */
function mayContest({ proof }: NodeState, { identity }: Speaker): boolean {
  if (identity.kind === "enrolled") return false;
  return identity.kind === "unproven" || proof.state !== "unproven";
}

/** Two machines take turns: whoever has the name keeps it while it is heard of. */
function refusalOfContest({ name, machineId }: NodeState, { peer }: Speaker): Refusal {
  const details = `${name} is the name of two machines that take turns; it stays with machine-id ${machineId}, give this one a name of its own`;
  const error = new AppError("IDENTITY_CLONED", `${details} (${peer})`);
  return { reason: "other_machine", code: status.ALREADY_EXISTS, details, error };
}

function refused(refusal: Refusal): Admitted {
  return { kind: "refused", refusal };
}
