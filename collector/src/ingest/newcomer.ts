/** An agent from its Hello until its first report is on the disk: it stands in line, is greeted at its turn, or is asked to come back. */
import { create } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { ReconnectSchema } from "@nodekeeper/proto";
import type { Clock } from "@nodekeeper/shared";
import type { IngestMetrics } from "../metrics.ts";
import type { Admission, Place } from "./admission.ts";
import type { Sessions } from "./sessions.ts";
import type { AgentStream } from "./stream.ts";
import { response } from "./wire.ts";

/** The agent. Disposing it, when it is settled or gone, makes room for the next one. */
export interface Newcomer extends Disposable {
  /** It was greeted, and may now report. */
  greeted(): void;
}

/** What standing in line needs. */
export interface NewcomerOptions {
  readonly admission: Admission;
  readonly sessions: Pick<Sessions, "arrive">;
  readonly clock: Clock;
  readonly metrics: Pick<IngestMetrics, "streamRefused">;
  readonly stream: AgentStream;
  /** Which node it proved to be; undefined when it proved nothing. */
  readonly node: string | undefined;
  /** Aborts when the stream is over. */
  readonly over: AbortSignal;
  /** It is its turn: greet it. */
  readonly onTurn: () => void;
}

/** An agent that has nothing to say is no newcomer any more after this time. */
const settlingMs = 1_000;

/** Puts the agent in line. Nothing is read from it before it was greeted. */
export function standInLine(options: NewcomerOptions): Newcomer {
  const { admission, sessions, clock, metrics, stream, node, over, onTurn } = options;
  let place: Place | undefined;
  const replace = (): void => stream.fail(status.ABORTED, "a newer stream of this node took the place of this one in line");
  const arrival = node === undefined ? undefined : sessions.arrive(node, replace);

  function sendAway(afterMs: number): void {
    metrics.streamRefused("sent_away");
    stream.send(response({ case: "reconnect", value: create(ReconnectSchema, { afterMs }) }));
    stream.end();
  }

  stream.pause("greeting");
  admission.ask(over, node).then(
    (turn) => {
      arrival?.[Symbol.dispose]();
      if (turn.kind === "away") return sendAway(turn.afterMs);
      place = turn.place;
      if (over.aborted) place[Symbol.dispose]();
      else onTurn();
    },
    () => undefined, // it left before its turn
  );
  return {
    greeted() {
      clock.sleep(settlingMs, over).then(
        () => place?.[Symbol.dispose](),
        () => undefined, // it left, and its place was given back
      );
    },
    [Symbol.dispose]() {
      arrival?.[Symbol.dispose]();
      place?.[Symbol.dispose]();
    },
  };
}
