/**
 * An agent that keeps to the wire's contract and observes nothing real, but many times a second: it makes the collector commit under load
 * at the moment that it is killed. It holds every observation until it is acknowledged, and sends it again over each new stream.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import {
  ConnectRequestSchema,
  type ConnectResponse,
  type Facts,
  FactsSchema,
  type Observation,
  ObservationSchema,
  Outcome,
  type SequenceRange,
} from "@nodekeeper/proto";
import { type ConnectStream, connectMethod } from "@nodekeeper/proto/connect";
import { systemClock, version, wireVersion } from "@nodekeeper/shared";
import type { Ledger } from "./ledger.ts";

export interface LoadAgent extends AsyncDisposable {
  /** How many observations wait for their acknowledgement. */
  pendingCount(): number;
  /** How the last stream ended; undefined before one did. */
  lastEnd(): string | undefined;
  /** Makes no more observations; what is pending is still sent. */
  stopObserving(): void;
}

export interface LoadAgentOptions {
  readonly node: string;
  /** The recorder's address, or the collector's. */
  readonly address: string;
  /** Time between two observations. */
  readonly observeEveryMs: number;
  /** How a collector is dialled that wants proof; without it: plain, and unproven. */
  readonly proof?: LoadAgentProof;
  /** Keeps account of what was sent and acknowledged, where no recorder stands in between. */
  readonly ledger?: Ledger;
}

/** What proves who the agent is, and whom it trusts. */
export interface LoadAgentProof {
  readonly machineId: string;
  /** As after "Bearer ". */
  readonly credential: string;
  /** PEM. */
  readonly authorities: string;
  readonly serverName: string;
}

/** The collector is killed a second later at most: a dialling agent that waits longer would see little of it. */
const redialMs = 100;

/** A collector that greets takes no longer. */
const greetingMs = 15_000;
/** A cable that was pulled is noticed within twice this time. */
const keepaliveMs = 5_000;

/** The interval that the observations claim: the test's speed is not the collector's business. */
const claimedIntervalMs = 30_000;

const probe = "system";
const facts: Facts = create(FactsSchema, {
  subjects: [
    { kind: "memory", outcome: Outcome.OK, value: { case: "memory", value: { totalBytes: 8n << 30n, swapTotalBytes: 0n } } },
  ],
  sampleKeys: [{ kind: "memory", name: "available_bytes" }],
});
const factsHash = createHash("md5").update("facts of the load agent").digest();

/** Starts to observe and to dial at once. */
export function startLoadAgent(options: LoadAgentOptions): LoadAgent {
  const { proof, ledger } = options;
  const identity = {
    machineId: proof?.machineId ?? randomBytes(16).toString("hex"),
    bootId: randomUUID(),
    epoch: randomBytes(16).toString("hex"),
  };
  const stopped = new AbortController();
  const observing = new AbortController();
  const credentials =
    proof === undefined ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(Buffer.from(proof.authorities));
  const channelOptions: grpc.ChannelOptions = {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveMs,
    ...(proof === undefined ? {} : { "grpc.ssl_target_name_override": proof.serverName }),
  };
  const pending = new Map<number, Observation>();
  const bornAtMs = systemClock.monotonicMs();
  let sequence = 0;
  let lastEnd: string | undefined;
  let current: { readonly stream: ConnectStream; isGreeted: boolean; isFactsHeld: boolean } | undefined;

  function observe(): void {
    sequence += 1;
    const observation = create(ObservationSchema, {
      ...{ probe, sequence, factsHash, intervalMs: claimedIntervalMs, durationMs: 1, outcome: Outcome.OK },
      observedAtUnixMs: BigInt(systemClock.wallMs()),
      uptimeMs: uptimeMs(),
      sampleValues: [sequence],
    });
    pending.set(sequence, observation);
    send([observation]);
  }

  function uptimeMs(): bigint {
    return 1_000_000n + BigInt(Math.round(systemClock.monotonicMs() - bornAtMs));
  }

  function send(observations: readonly Observation[]): void {
    if (current === undefined || !current.isGreeted || observations.length === 0) {
      return;
    }
    const body: Observation["body"] = current.isFactsHeld
      ? { case: "unchanged", value: { $typeName: "nodekeeper.v1.Unchanged" } }
      : { case: "full", value: facts };
    const report = {
      observations: observations.map((observation) => ({ ...observation, body })),
      sentAtUnixMs: BigInt(systemClock.wallMs()),
      sentUptimeMs: uptimeMs(),
    };
    for (const observation of observations) ledger?.sent(options.node, identity.epoch, observation);
    current.stream.write(create(ConnectRequestSchema, { message: { case: "report", value: report } }));
  }

  function forget(ranges: readonly SequenceRange[]): void {
    for (const { first, last } of ranges) {
      for (const known of [...pending.keys()].filter((number) => number >= first && number <= last)) {
        pending.delete(known);
      }
    }
  }

  function receive({ message }: ConnectResponse): void {
    if (current === undefined) {
      return;
    }
    if (message.case === "helloAck") {
      current.isGreeted = true;
      current.isFactsHeld = message.value.held.some((held) => Buffer.compare(held.factsHash, factsHash) === 0);
      ledger?.acknowledged(options.node, identity.epoch, message.value.acknowledged, []);
      forget(message.value.acknowledged);
      send([...pending.values()].toReversed());
    } else if (message.case === "ack") {
      current.isFactsHeld = true;
      ledger?.acknowledged(options.node, identity.epoch, message.value.ranges, message.value.rejections);
      forget(message.value.ranges);
    } else if (message.case === "needFull") {
      current.isFactsHeld = false;
      const ranges = message.value.ranges;
      send(
        [...pending.values()].filter((observation) =>
          ranges.some(({ first, last }) => observation.sequence >= first && observation.sequence <= last),
        ),
      );
    }
  }

  async function runStream(): Promise<void> {
    const client = new grpc.Client(options.address, credentials, channelOptions);
    const metadata = new grpc.Metadata();
    if (proof !== undefined) metadata.set("authorization", `Bearer ${proof.credential}`);
    const { path, requestSerialize, responseDeserialize } = connectMethod;
    const stream: ConnectStream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
    current = { stream, isGreeted: false, isFactsHeld: false };
    stream.on("data", receive);
    stream.on("error", () => undefined); // the status says the same
    const ended = new Promise<void>((resolve) =>
      stream.on("status", ({ code, details }) => {
        lastEnd = `${grpc.status[code]}: ${details}`;
        resolve();
      }),
    );
    const abort = (): void => stream.cancel();
    stopped.signal.addEventListener("abort", abort);
    const probes = [
      { name: probe, intervalMs: claimedIntervalMs, minimumIntervalMs: claimedIntervalMs, maximumIntervalMs: claimedIntervalMs },
    ];
    const hello = { wireVersion, agentVersion: version, nodeName: options.node, ...identity, probes };
    stream.write(create(ConnectRequestSchema, { message: { case: "hello", value: hello } }));
    // A collector that was killed in the middle of a TLS handshake is not heard of again where its network was cut too.
    const isGreeted = systemClock.sleep(greetingMs, stopped.signal).then(
      () => current?.isGreeted ?? false,
      () => true,
    );
    await Promise.race([ended, isGreeted.then((is) => (is ? ended : stream.cancel()))]);
    stopped.signal.removeEventListener("abort", abort);
    current = undefined;
    client.close();
  }

  async function keepStream(): Promise<void> {
    while (!stopped.signal.aborted) {
      await runStream();
      await systemClock.sleep(redialMs, stopped.signal).catch(() => undefined); // aborted: the loop ends
    }
  }

  async function keepObserving(): Promise<void> {
    while (!observing.signal.aborted) {
      observe();
      await systemClock.sleep(options.observeEveryMs, observing.signal).catch(() => undefined); // aborted: the loop ends
    }
  }

  const done = Promise.all([keepStream(), keepObserving()]);
  return {
    pendingCount: () => pending.size,
    lastEnd: () => lastEnd,
    stopObserving: () => observing.abort(),
    async [Symbol.asyncDispose]() {
      observing.abort();
      stopped.abort();
      await done;
    },
  };
}
