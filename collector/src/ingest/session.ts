/** What an agent's stream means: Hello, then Reports, then perhaps a Goodbye. */
import { status } from "@grpc/grpc-js";
import { type Goodbye, GoodbyeReason, type Hello, type Report } from "@nodekeeper/proto";
import { assertNever, type Logger } from "@nodekeeper/shared";
import { acknowledgement } from "./acknowledge.ts";
import { admit } from "./admit.ts";
import { helloAck } from "./greeting.ts";
import type { Progress } from "./progress.ts";
import type { RefusalReason, SessionContext } from "./session-context.ts";
import type { Session } from "./sessions.ts";
import { type AgentStream, openStream } from "./stream.ts";
import { type Call, type Incoming, response } from "./wire.ts";

/** How long an agent may take to say who it is. */
const helloTimeoutMs = 10_000;
/** A Hello is answered after so long even if the store is slow: health goes before sparing the agent a repetition. */
const spansTimeoutMs = 2_000;
/** After its last message an agent gets acknowledgements for so long. */
const farewellMs = 5_000;

/** Serves a call until it is over. Gives the stream, so that all streams can be paused and ended. */
export function serveSession(call: Call, context: SessionContext, onClose: () => void): AgentStream {
  const { clock, metrics, sessions, state } = context;
  const over = new AbortController();
  const waiting = new AbortController();
  let logger: Logger = context.logger;
  let session: Session | undefined;
  let goodbye: string | undefined;
  let isHalfClosed = false;
  let isReplaced = false;
  let hasDeparted = false;

  const stream = openStream(call, { onMessage: guard, onHalfClose, onClose: leave });
  clock.sleep(helloTimeoutMs, waiting.signal).then(
    () => refuse("no_hello", status.DEADLINE_EXCEEDED, `no hello within ${helloTimeoutMs / 1000} s`),
    () => undefined, // it came, or the stream ended
  );
  return stream;

  function refuse(reason: RefusalReason, code: status, details: string): void {
    metrics.streamRefused(reason);
    logger.warn({ peer: stream.peer, reason, details }, "a stream was refused");
    stream.fail(code, details);
  }

  /** Whatever a message does to us, it costs its own stream and no other. */
  function guard(incoming: Incoming): void {
    try {
      onMessage(incoming);
    } catch (err) {
      logger.error({ err, peer: stream.peer }, "a message could not be handled, which is a bug");
      refuse("internal", status.INTERNAL, "the collector failed to handle a message; its log says why");
    }
  }

  function onMessage(incoming: Incoming): void {
    if (incoming.kind === "malformed") {
      refuse("malformed", status.INVALID_ARGUMENT, `this is no ConnectRequest: ${incoming.problem}`);
      return;
    }
    const { message } = incoming.request;
    if (session === undefined) {
      if (message.case === "hello") greet(message.value);
      else refuse("no_hello", status.FAILED_PRECONDITION, "the first message must be hello");
      return;
    }
    switch (message.case) {
      case "report":
        takeReport(session, message.value, incoming.bytes);
        break;
      case "goodbye":
        goodbye = reasonOf(message.value);
        break;
      case "hello":
        refuse("out_of_order", status.FAILED_PRECONDITION, "hello comes once, first");
        break;
      case undefined: // a message of a later revision: it asks for nothing that we know
        break;
      default:
        assertNever(message, "message");
    }
  }

  function greet(sent: Hello): void {
    waiting.abort();
    const admitted = admit(sent, context, logger, openSession);
    if (admitted.kind === "refused") {
      refuse(admitted.reason, admitted.code, admitted.details);
      return;
    }
    const { progress, node } = admitted.session;
    session = admitted.session;
    logger = context.logger.child({ node });
    logger.info({ peer: stream.peer, agentVersion: sent.agentVersion, epoch: progress.epoch }, "an agent connected");
    if (context.isStoreBehind()) stream.pause("store");
    stream.pause("greeting");
    loadSpans(progress).then(
      () => {
        stream.send(helloAck(context.heldFacts.ofNode(node), progress.done.spans(), context.intervals, clock.wallMs()));
        stream.resume("greeting");
      },
      () => undefined, // the stream ended meanwhile
    );
  }

  function openSession(hello: Hello): Session {
    const progress = context.progress.of(hello.nodeName, hello.epoch);
    return {
      node: hello.nodeName,
      machineId: hello.machineId,
      progress,
      send(message) {
        if (!stream.send(message)) refuse("not_reading", status.RESOURCE_EXHAUSTED, "the agent does not read what it is sent");
      },
      pause: () => stream.pause("store"),
      resume: () => stream.resume("store"),
      onCommitted() {
        if (isHalfClosed && progress.inFlight.size === 0) stream.end();
      },
      replace() {
        isReplaced = true;
        stream.fail(status.ABORTED, "a newer stream of this node took the place of this one");
      },
    };
  }

  /** Learns from the store what of the epoch is committed; a store that is slow or fails costs a repetition, no more. */
  async function loadSpans(progress: Progress): Promise<void> {
    const load = context.committedSpans(progress.node, progress.epoch).then(
      (spans) => {
        for (const span of spans) progress.done.add(span.first, span.last);
      },
      (err) => logger.warn({ err }, "the store does not say what is committed, the agent may send it again"),
    );
    const patience = new AbortController();
    const signal = AbortSignal.any([over.signal, patience.signal]);
    await Promise.race([load, clock.sleep(spansTimeoutMs, signal)]).finally(() => patience.abort());
  }

  function takeReport(from: Session, report: Report, bytes: number): void {
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
    if (session === undefined || session.progress.inFlight.size === 0) {
      stream.end();
      return;
    }
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
    if (session !== undefined) {
      depart();
      sessions.remove(session);
      if (sessions.of(session.node)?.progress !== session.progress) context.progress.release(session.progress);
    }
    onClose();
  }
}

/** Name of the reason as the state knows it: shutdown, reboot … */
function reasonOf(goodbye: Goodbye): string {
  switch (goodbye.reason) {
    case GoodbyeReason.SHUTDOWN:
      return "shutdown";
    case GoodbyeReason.REBOOT:
      return "reboot";
    case GoodbyeReason.SUSPEND:
      return "suspend";
    case GoodbyeReason.UPGRADE:
      return "upgrade";
    default:
      return "stopped";
  }
}
