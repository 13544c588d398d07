/** What an agent's stream means: who it is, Hello, then Reports, then perhaps a Goodbye. */
import { status } from "@grpc/grpc-js";
import type { Authenticate, Hello, Report } from "@nodekeeper/proto";
import { AppError, assertNever, type Logger } from "@nodekeeper/shared";
import { acknowledgement } from "./acknowledge.ts";
import { admit, problemOfClaim } from "./admit.ts";
import { askForMissing } from "./ask-for-missing.ts";
import type { Door } from "./door.ts";
import { reasonOfGoodbye } from "./goodbye-reason.ts";
import { helloAck } from "./greeting.ts";
import { loadSpans } from "./load-spans.ts";
import { type Newcomer, standInLine } from "./newcomer.ts";
import { type Refusal, type RefusalReason, refusalOf, refusalOfEnd } from "./refusal.ts";
import type { SessionContext } from "./session-context.ts";
import { createSessionIdentity, proofOf } from "./session-identity.ts";
import type { Session } from "./sessions.ts";
import { type AgentStream, openStream } from "./stream.ts";
import { tellTrust } from "./tell-trust.ts";
import { validateHello } from "./validate-hello.ts";
import { type Call, type Incoming, response } from "./wire.ts";

/** How long an agent may take to say who it is. */
const helloTimeoutMs = 10_000;
/** Whoever cannot prove who it is has so long to say who it wants to be: that is worth knowing. */
const claimTimeoutMs = 1_000;
/** After its last message an agent gets acknowledgements for so long. */
const farewellMs = 5_000;

/** Serves a call until it is over. Gives the stream, so that all streams can be paused and ended. */
export function serveSession(
  call: Call,
  door: Door,
  context: SessionContext,
  onClose: (stream: AgentStream) => void,
): AgentStream {
  const { authenticator, clock, sessions, state } = context;
  const over = new AbortController();
  const waiting = new AbortController();
  const nextWord = new Set<() => void>();
  let logger: Logger = context.logger;
  let denied: Refusal | undefined;
  let session: Session | undefined;
  let telling: Disposable | undefined;
  let heardAtMs = clock.monotonicMs();
  let goodbye: string | undefined;
  let newcomer: Newcomer | undefined;
  let isHalfClosed = false;
  let isReplaced = false;
  let hasDeparted = false;

  const stream = openStream(call, { onMessage: guard, onHalfClose, onClose: leave });
  const identity = createSessionIdentity({
    ...{ authenticator, stream, over: over.signal, onConfirmed: sayProof },
    onEnded: (error) => refuse(refusalOfEnd(error, identity.current)),
  });
  clock.sleep(helloTimeoutMs, waiting.signal).then(
    () => refuse({ reason: "no_hello", code: status.DEADLINE_EXCEEDED, details: `no hello within ${helloTimeoutMs / 1000} s` }),
    () => undefined, // it came, or the stream ended
  );
  identity.begin(call.metadata, door === "public", deny);
  return stream;

  function deny(error: AppError): void {
    const refusal = refusalOf(error);
    if (refusal.reason === "internal") logger.error({ err: error, peer: stream.peer }, "an agent could not be identified");
    denied = refusal;
    clock.sleep(claimTimeoutMs, waiting.signal).then(
      () => refuse(refusal),
      () => undefined, // it said hello, or the stream ended
    );
  }

  function refuse(refusal: Refusal, hello?: Pick<Hello, "nodeName" | "machineId">): void {
    context.reports.refused({
      ...{ refusal, peer: stream.peer, action: session === undefined ? "agent.connect" : "agent.authenticate" },
      claimed: session?.node ?? hello?.nodeName,
      machineId: session?.machineId ?? hello?.machineId,
      proven: identity.provenNode,
    });
    stream.fail(refusal.code, refusal.details);
  }

  function fail(reason: RefusalReason, code: status, details: string): void {
    refuse({ reason, code, details });
  }

  /** Whatever a message does to us, it costs its own stream and no other. */
  function guard(incoming: Incoming): void {
    handle(() => {
      heardAtMs = clock.monotonicMs();
      onMessage(incoming);
      for (const listener of [...nextWord]) {
        nextWord.delete(listener);
        listener();
      }
    });
  }

  function handle(work: () => void): void {
    try {
      work();
    } catch (err) {
      logger.error({ err, peer: stream.peer }, "a message could not be handled, which is a bug");
      fail("internal", status.INTERNAL, "the collector failed to handle a message; its log says why");
    }
  }

  function onMessage(incoming: Incoming): void {
    if (incoming.kind === "malformed") {
      fail("malformed", status.INVALID_ARGUMENT, `this is no ConnectRequest: ${incoming.problem}`);
      return;
    }
    const { message } = incoming.request;
    if (session === undefined) {
      if (message.case === "hello") beginGreeting(message.value);
      else if (denied !== undefined) refuse(denied);
      else fail("no_hello", status.FAILED_PRECONDITION, "the first message must be hello");
      return;
    }
    switch (message.case) {
      case "report":
        takeReport(session, message.value, incoming.bytes);
        break;
      case "goodbye":
        goodbye = reasonOfGoodbye(message.value);
        break;
      case "hello":
        fail("out_of_order", status.FAILED_PRECONDITION, "hello comes once, first");
        break;
      case "authenticate":
        authenticate(session, message.value);
        break;
      case undefined: // a message of a later revision: it asks for nothing that we know
        break;
      default:
        assertNever(message, "message");
    }
  }

  /** Whoever proved nothing is refused at once; the others are greeted when it is their turn. */
  function beginGreeting(sent: Hello): void {
    waiting.abort();
    if (denied !== undefined) greet(sent);
    else {
      const onTurn = (): void => handle(() => greet(sent));
      newcomer = standInLine({ ...context, stream, node: identity.provenNode, over: over.signal, onTurn });
    }
  }

  function greet(sent: Hello): void {
    const validated = validateHello(sent);
    const claim = validated.kind === "accepted" ? validated.hello : undefined;
    const who = identity.current;
    if (denied !== undefined || who === undefined) {
      refuse(denied ?? refusalOf(new AppError("INTERNAL", "hello came before it was known who speaks")), claim);
      return;
    }
    const admitted = admit(validated, { identity: who, peer: stream.peer }, context, logger, openSession);
    if (admitted.kind === "refused") {
      refuse(admitted.refusal, claim);
      return;
    }
    const entered = admitted.session;
    const { progress, node } = entered;
    session = entered;
    logger = context.logger.child({ node });
    const facts = { peer: stream.peer, agentVersion: sent.agentVersion, epoch: progress.epoch, proof: proofOf(who) };
    logger.info(facts, "an agent connected");
    if (who.kind !== "unproven") identity.settle(who, logger);
    if (context.isStoreBehind()) stream.pause("store");
    stream.pause("greeting");
    const welcome = (): void => {
      const intervals = context.intervalsFor(sent.probes);
      stream.send(helloAck(context.heldFacts.ofNode(node), progress.done.spans(), intervals, clock.wallMs()));
      if (!over.signal.aborted) {
        context.peerWatch.join(entered);
        if (door === "public") telling = tellTrust(context.trust, entered.send);
        context.rotation.greeted(entered);
        askForMissing(context, entered, over.signal);
      }
      stream.resume("greeting");
      newcomer?.greeted();
    };
    loadSpans(progress, { ...context, logger }, over.signal).then(
      () => handle(welcome),
      () => undefined, // the stream ended meanwhile
    );
  }

  function openSession(hello: Hello): Session {
    const progress = context.progress.of(hello.nodeName, hello.epoch);
    return {
      node: hello.nodeName,
      machineId: hello.machineId,
      bootId: hello.bootId,
      peer: stream.peer,
      get identity() {
        return identity.current ?? { kind: "unproven" };
      },
      progress,
      get heardAtMs() {
        return heardAtMs;
      },
      send(message) {
        if (!stream.send(message)) fail("not_reading", status.RESOURCE_EXHAUSTED, "the agent does not read what it is sent");
      },
      pause: () => stream.pause("store"),
      resume: () => stream.resume("store"),
      onCommitted() {
        newcomer?.[Symbol.dispose]();
        if (isHalfClosed && progress.inFlight.size === 0) stream.end();
      },
      onNextWord: (listener) => void nextWord.add(listener),
      replace() {
        isReplaced = true;
        stream.fail(status.ABORTED, "a newer stream of this node took the place of this one");
      },
    };
  }

  /** The agent shows another credential, of the same node, before the one that it came with ends or instead of it. */
  function authenticate({ node, machineId }: Session, { credential }: Authenticate): void {
    identity.ask(
      credential,
      (proven) => {
        const problem = problemOfClaim({ nodeName: node, machineId }, proven, context);
        if (problem !== undefined) return refuse(refusalOf(problem));
        identity.take(proven);
        sayProof();
        identity.settle(proven, logger);
      },
      (error) => {
        const refusal = refusalOf(error); // if that may pass, what it showed before holds
        if (error.isTransient)
          context.reports.refused({ refusal, peer: stream.peer, claimed: node, proven: identity.provenNode });
        else refuse(refusal);
      },
    );
  }

  function sayProof(): void {
    if (session === undefined || identity.current === undefined || isReplaced) return;
    state.apply({ kind: "proven", node: session.node, proof: proofOf(identity.current) });
    context.onNodeChanged(session.node);
  }

  function takeReport(from: Session, report: Report, bytes: number): void {
    // The record is written before the observations: their acknowledgement lets the agent forget what it lost.
    if (report.losses.length > 0) context.onNodeChanged(from.node);
    const taken = context.takeReport({ report, progress: from.progress, receivedAtMs: clock.wallMs(), bytes });
    for (const needFull of taken.needFull) from.send(response({ case: "needFull", value: needFull }));
    if (taken.settled.length > 0 || taken.rejections.length > 0) {
      from.send(acknowledgement(from.progress, taken.settled, taken.rejections));
    }
    context.commit(taken.items);
  }

  function onHalfClose(): void {
    isHalfClosed = true;
    depart();
    if (session === undefined || session.progress.inFlight.size === 0) stream.end();
    else
      clock.sleep(farewellMs, over.signal).then(
        () => stream.end(),
        () => undefined, // it ended before
      );
  }

  /** The node counts as disconnected from here on, unless a newer stream speaks for it. */
  function depart(): void {
    if (session === undefined || isReplaced || hasDeparted) return;
    hasDeparted = true;
    const { node, epoch } = session.progress;
    state.apply({ kind: "disconnected", node, epoch, goodbye, atMs: clock.wallMs() });
    context.onNodeChanged(node);
    logger.info({ goodbye }, "an agent left");
  }

  function leave(): void {
    over.abort();
    waiting.abort();
    newcomer?.[Symbol.dispose]();
    identity[Symbol.dispose]();
    telling?.[Symbol.dispose]();
    if (session !== undefined) {
      depart();
      sessions.remove(session);
      context.peerWatch.leave(session);
      if (sessions.of(session.node)?.progress !== session.progress) context.progress.release(session.progress);
    }
    onClose(stream);
  }
}
