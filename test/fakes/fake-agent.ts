/** An agent for tests: it speaks the real protocol on a real socket, and can also break it. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
} from "@grpc/grpc-js";
import {
  type ConnectRequest,
  ConnectRequestSchema,
  type ConnectResponse,
  ConnectResponseSchema,
  GoodbyeReason,
  HelloSchema,
  type Observation,
  type Report,
  ReportSchema,
} from "@nodekeeper/proto";

/** The message of a response of one kind. */
export type ResponseOf<Case extends ConnectResponse["message"]["case"]> = Extract<
  ConnectResponse["message"],
  { readonly case: Case }
>["value"];

/** An agent on a stream. */
export interface FakeAgent extends AsyncDisposable {
  /** All that came, in order. */
  readonly received: readonly ConnectResponse[];
  /** How the collector ended the stream. */
  readonly ended: Promise<Pick<StatusObject, "code" | "details">>;
  send(message: ConnectRequest["message"]): void;
  /** Bytes in place of a message. */
  sendBytes(bytes: Uint8Array): void;
  hello(overrides?: MessageInitShape<typeof HelloSchema>): void;
  report(observations: readonly Observation[], overrides?: MessageInitShape<typeof ReportSchema>): void;
  goodbye(reason: GoodbyeReason): void;
  /** The next response of a kind that was not given out yet; rejects when none comes in time or the stream ends. */
  next<Case extends "helloAck" | "ack" | "needFull" | "reconnect" | "watchPeers" | "trust" | "newCredential">(
    kind: Case,
  ): Promise<ResponseOf<Case>>;
  /** Reads no more of what the collector sends. */
  stopReading(): void;
  /** Ends its side; the collector may still answer. */
  halfClose(): void;
  /** Goes without a word. */
  vanish(): void;
}

/** How long a test waits for a response, also on a machine that is starved. */
const patienceMs = 15_000;
/** Uptime of the node at each report, so that observations of 100 s are 20 s old. */
const sentUptimeMs = 120_000n;

/** Opens a stream to a collector, without TLS unless it is given `security`; shows a credential if it has one, and says nothing else yet. */
export function connectAgent(
  address: { readonly host: string; readonly port: number },
  options: ChannelOptions = {},
  security: ChannelCredentials = credentials.createInsecure(),
  credential?: string,
): FakeAgent {
  const client = new Client(`${address.host}:${address.port}`, security, {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    ...options,
  });
  const metadata = new Metadata();
  if (credential !== undefined) metadata.set("authorization", `Bearer ${credential}`);
  const stream: ClientDuplexStream<Uint8Array, ConnectResponse> = client.makeBidiStreamRequest(
    "/nodekeeper.v1.CollectorService/Connect",
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer) => fromBinary(ConnectResponseSchema, bytes),
    metadata,
  );
  const received: ConnectResponse[] = [];
  const given = new Set<ConnectResponse>();
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of waiters) waiter();
  };
  stream.on("data", (response: ConnectResponse) => {
    received.push(response);
    wake();
  });
  const ended = new Promise<Pick<StatusObject, "code" | "details">>((resolve) => {
    stream.on("status", ({ code, details }: StatusObject) => {
      resolve({ code, details });
      wake();
    });
  });
  stream.on("error", () => undefined); // the status tells it

  function send(message: ConnectRequest["message"]): void {
    stream.write(toBinary(ConnectRequestSchema, create(ConnectRequestSchema, { message })));
  }

  return {
    received,
    ended,
    send,
    sendBytes: (bytes) => stream.write(bytes),
    hello: (overrides) => send({ case: "hello", value: aHello(overrides) }),
    report: (observations, overrides) => send({ case: "report", value: aReport(observations, overrides) }),
    goodbye: (reason) => send({ case: "goodbye", value: { $typeName: "nodekeeper.v1.Goodbye", reason } }),
    async next(kind) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const response = received.find((each) => each.message.case === kind && !given.has(each));
        if (response !== undefined) {
          given.add(response);
          // Its case is the kind that was asked for.
          return response.message.value as ResponseOf<typeof kind>;
        }
        await woken(deadline - performance.now(), kind);
      }
    },
    stopReading: () => stream.pause(),
    halfClose: () => stream.end(),
    vanish() {
      stream.cancel();
      client.close();
    },
    async [Symbol.asyncDispose]() {
      stream.cancel();
      await ended;
      client.close();
    },
  };

  async function woken(withinMs: number, kind: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`no ${kind} came within ${patienceMs} ms`)), Math.max(0, withinMs));
    waiters.add(resolve);
    const status = ended.then(({ code, details }) => reject(new Error(`the stream ended (${code}): ${details}`)));
    status.catch(() => undefined);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      waiters.delete(resolve);
    }
  }
}

/** A Hello of node "neko". */
export function aHello(overrides: MessageInitShape<typeof HelloSchema> = {}): ReturnType<typeof create<typeof HelloSchema>> {
  return create(HelloSchema, {
    wireVersion: 1,
    agentVersion: "0.1.0",
    nodeName: "neko",
    machineId: "11111111111111111111111111111111",
    bootId: "22222222-2222-2222-2222-222222222222",
    epoch: "epoch-1",
    ...overrides,
  });
}

/** A report of observations. */
export function aReport(observations: readonly Observation[], overrides: MessageInitShape<typeof ReportSchema> = {}): Report {
  return create(ReportSchema, {
    observations: [...observations],
    sentAtUnixMs: 1_800_000_020_000n,
    sentUptimeMs,
    ...overrides,
  });
}

export { GoodbyeReason };
