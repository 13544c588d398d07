/** A collector on a real gRPC socket that does what a test tells it, and by default what a good collector does. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type handleBidiStreamingCall, Server, ServerCredentials, type ServerDuplexStream, type status } from "@grpc/grpc-js";
import {
  AckSchema,
  CollectorService,
  type ConnectRequest,
  type ConnectResponse,
  ConnectResponseSchema,
  type GoodbyeReason,
  type Hello,
  type HelloAck,
  HelloAckSchema,
  type Observation,
  ReconnectSchema,
  type Rejection,
  RejectionSchema,
  type Report,
  SequenceRangeSchema,
} from "@nodekeeper/proto";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";
import { type Address, systemClock } from "@nodekeeper/shared";
import type { ServerFiles } from "./test-authority.ts";

type Call = ServerDuplexStream<ConnectRequest, ConnectResponse>;
type Answer = MessageInitShape<typeof ConnectResponseSchema>["message"] & object;
type HelloAckFields = Partial<Omit<HelloAck, "$typeName" | "$unknown">>;

/** What a collector did not take, in a test. */
export type RejectionSpec = Pick<Rejection, "sequence" | "reason" | "isWhole">;

/** One stream of an agent. */
export interface AgentStream {
  readonly hello: Hello;
  readonly reports: readonly Report[];
  readonly goodbye: boolean;
  /** Why; undefined without one. */
  readonly goodbyeReason: GoodbyeReason | undefined;
  /** What was shown: with the call, then on the open stream. */
  readonly credentials: readonly string[];
  readonly isClosed: boolean;
  send(message: Answer): void;
  acknowledge(observations: readonly Observation[], rejections?: readonly RejectionSpec[]): void;
  /** Ends the stream with a status. */
  fail(code: status, details: string): void;
}

/** How the collector behaves. */
export interface Behaviour {
  /** Changes the answer to Hello; "silence" gives none, a status refuses, a time asks to come back after it. */
  greet?: (
    hello: Hello,
    credential: string,
  ) => HelloAckFields | "silence" | { readonly code: status; readonly details: string } | { readonly afterMs: number };
  /** Default: acknowledges everything at once. */
  onReport?: (stream: AgentStream, report: Report) => void;
  /** By TLS, with this; default: in plain. */
  tls?: ServerFiles;
}

/** See above. */
export class FakeCollector implements AsyncDisposable {
  readonly streams: AgentStream[] = [];
  behaviour: Behaviour;
  #server = new Server();
  #port = 0;

  constructor(behaviour: Behaviour = {}) {
    this.behaviour = behaviour;
  }

  static async listen(behaviour: Behaviour = {}, port = 0): Promise<FakeCollector> {
    const collector = new FakeCollector(behaviour);
    await collector.#listen(port);
    return collector;
  }

  get address(): Address {
    return { host: "127.0.0.1", port: this.#port };
  }

  /** The latest stream. */
  get stream(): AgentStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("no agent has connected");
    return stream;
  }

  /** Everything that arrived, on all streams. */
  get observations(): readonly Observation[] {
    return this.streams.flatMap((stream) => stream.reports.flatMap((report) => report.observations));
  }

  /** As by kill -9 of the process: all connections break. */
  kill(): void {
    this.#server.forceShutdown();
  }

  /** After `kill`: listens again on the same port. */
  async restart(): Promise<void> {
    await this.#listen(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
  }

  async #listen(port: number): Promise<void> {
    this.#server = new Server();
    const connect: handleBidiStreamingCall<ConnectRequest, ConnectResponse> = (call) => this.#serve(call);
    this.#server.addService(grpcServiceDefinition(CollectorService), { connect });
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, serverCredentials(this.behaviour.tls), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  #serve(call: Call): void {
    let stream: ServedStream | undefined;
    call.on("data", ({ message }: ConnectRequest) => {
      if (message.case === "hello") {
        stream = this.#greet(call, message.value);
      } else if (message.case === "report") {
        stream?.reports.push(message.value);
        const answer = this.behaviour.onReport ?? acknowledgeAll;
        if (stream !== undefined) answer(stream, message.value);
      } else if (message.case === "goodbye" && stream !== undefined) {
        stream.goodbye = true;
        stream.goodbyeReason = message.value.reason;
      } else if (message.case === "authenticate") stream?.credentials.push(message.value.credential);
    });
    const close = (): void => {
      if (stream !== undefined) stream.isClosed = true;
    };
    call.on("end", () => call.end());
    call.on("cancelled", close);
    call.on("close", close);
    call.on("error", close);
  }

  #greet(call: Call, hello: Hello): ServedStream | undefined {
    const credential = String(call.metadata.get("authorization")[0] ?? "").replace(/^Bearer /, "");
    const answer = this.behaviour.greet?.(hello, credential) ?? {};
    const stream = new ServedStream(call, hello);
    stream.credentials.push(credential);
    if (answer === "silence") return undefined;
    if ("afterMs" in answer) {
      stream.send({ case: "reconnect", value: create(ReconnectSchema, answer) });
      return undefined;
    }
    if ("code" in answer) {
      stream.fail(answer.code, answer.details);
      return undefined;
    }
    this.streams.push(stream);
    const value = { wireVersion: 1, collectorVersion: "fake", maximumReportBytes: 1_048_576, sentAtUnixMs: 0n, ...answer };
    stream.send({ case: "helloAck", value: create(HelloAckSchema, value) });
    return stream;
  }
}

/** Waits until something is so; throws, saying what, when it does not come to be. */
export async function eventually(what: string, isSo: () => boolean, withinMs = 15_000): Promise<void> {
  const untilMs = systemClock.monotonicMs() + withinMs;
  while (!isSo()) {
    if (systemClock.monotonicMs() > untilMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await systemClock.sleep(5, new AbortController().signal);
  }
}

class ServedStream implements AgentStream {
  readonly hello: Hello;
  readonly reports: Report[] = [];
  readonly credentials: string[] = [];
  goodbye = false;
  goodbyeReason: GoodbyeReason | undefined;
  isClosed = false;
  readonly #call: Call;

  constructor(call: Call, hello: Hello) {
    this.#call = call;
    this.hello = hello;
  }

  send(message: Answer): void {
    this.#call.write(create(ConnectResponseSchema, { message }));
  }

  acknowledge(observations: readonly Observation[], rejections: readonly RejectionSpec[] = []): void {
    const ranges = observations.map(({ sequence }) => create(SequenceRangeSchema, { first: sequence, last: sequence }));
    this.send({
      case: "ack",
      value: create(AckSchema, {
        epoch: this.hello.epoch,
        ranges,
        rejections: rejections.map((each) => create(RejectionSchema, each)),
      }),
    });
  }

  fail(code: status, details: string): void {
    this.#call.emit("error", { code, details });
  }
}

function serverCredentials(tls: ServerFiles | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(tls.certificateChain), private_key: Buffer.from(tls.key) },
  ]);
}

function acknowledgeAll(stream: AgentStream, report: Report): void {
  stream.acknowledge(report.observations);
}
