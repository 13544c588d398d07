/** The beginning of a stream: who we are, and whether the collector takes us in. */
import { create } from "@bufbuild/protobuf";
import { type Availability, type HelloAck, HelloSchema } from "@nodekeeper/proto";
import { AppError, type Clock, createDeadline, wireVersion } from "@nodekeeper/shared";
import type { AgentDescription } from "../spool/spool.ts";
import type { CollectorStream } from "./collector-stream.ts";
import type { CollectorMessage, Inbox } from "./inbox.ts";

/** What the agent says of itself. */
export interface SelfDescription extends AgentDescription {
  readonly availability: Availability;
}

/** What saying Hello needs. */
export interface HelloOptions {
  readonly stream: CollectorStream;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly self: SelfDescription;
}

/** What a collector answers. Where many agents come at once, it greets them in turn and asks the rest to come back. */
export type Greeting =
  | { readonly kind: "taken"; readonly ack: HelloAck }
  | { readonly kind: "reconnect"; readonly afterMs: number };

/** A collector takes us in within this time, or is not there. */
const helloTimeoutMs = 10_000;

/** Says Hello and waits to be taken in. Throws why not. */
export async function sayHello({ stream, inbox, clock, self }: HelloOptions, signal: AbortSignal): Promise<Greeting> {
  const late = new AppError("PEER_UNREACHABLE", `the collector did not answer within ${helloTimeoutMs / 1000} s`);
  using deadline = createDeadline(clock, helloTimeoutMs, signal, late);
  const { probes, ...rest } = self;
  const hello = create(HelloSchema, { ...rest, wireVersion, probes: [...probes] });
  await stream.send({ case: "hello", value: hello }, deadline.signal);
  return await Promise.race([inbox.first.then(takenIn), stream.ended, rejectOnAbort(deadline.signal)]);
}

function takenIn(message: CollectorMessage): Greeting {
  if (message.case === "helloAck") return { kind: "taken", ack: message.value };
  if (message.case === "reconnect") return { kind: "reconnect", afterMs: message.value.afterMs };
  throw new AppError("PROTOCOL_VIOLATION", `the collector answered Hello with ${message.case ?? "an unknown message"}`);
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(AppError.from(signal.reason, "ABORTED"));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
