/** The beginning of a stream: who we are, and whether the collector takes us in. */
import { create } from "@bufbuild/protobuf";
import { type HelloAck, HelloSchema } from "@nodekeeper/proto";
import { AppError, type Clock, createDeadline, wireVersion } from "@nodekeeper/shared";
import type { AgentDescription } from "../spool/spool.ts";
import type { CollectorStream } from "./collector-stream.ts";
import type { CollectorMessage, Inbox } from "./inbox.ts";

/** What saying Hello needs. */
export interface HelloOptions {
  readonly stream: CollectorStream;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly description: AgentDescription;
}

/** A collector takes us in within this time, or is not there. */
const helloTimeoutMs = 10_000;

/** Says Hello and waits to be taken in. Throws why not. */
export async function sayHello({ stream, inbox, clock, description }: HelloOptions, signal: AbortSignal): Promise<HelloAck> {
  const late = new AppError("PEER_UNREACHABLE", `the collector did not answer within ${helloTimeoutMs / 1000} s`);
  using deadline = createDeadline(clock, helloTimeoutMs, signal, late);
  const { probes, ...self } = description;
  const hello = create(HelloSchema, { ...self, wireVersion, probes: [...probes] });
  await stream.send({ case: "hello", value: hello }, deadline.signal);
  return await Promise.race([inbox.first.then(takenIn), stream.ended, rejectOnAbort(deadline.signal)]);
}

function takenIn(message: CollectorMessage): HelloAck {
  if (message.case === "helloAck") return message.value;
  if (message.case === "reconnect") throw new AppError("PEER_UNREACHABLE", "the collector asks to come back later");
  throw new AppError("PROTOCOL_VIOLATION", `the collector answered Hello with ${message.case ?? "an unknown message"}`);
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(AppError.from(signal.reason, "ABORTED"));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
