/** The recorder, between a small agent and a small collector that lie about nothing: what it passes on, and what it notices. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import {
  CollectorService,
  type ConnectRequest,
  ConnectRequestSchema,
  type ConnectResponse,
  ConnectResponseSchema,
  ObservationSchema,
  Outcome,
} from "@nodekeeper/proto";
import { type ConnectStream, connectMethod } from "@nodekeeper/proto/connect";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compare } from "./comparison.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { waitUntil } from "./wait-until.ts";

const definition = grpcServiceDefinition(CollectorService);

describe("startRecorder", () => {
  let folder: string;
  let ledger: Ledger;
  let recorder: Recorder;
  let collector: grpc.Server;
  let client: grpc.Client;
  let received: ConnectRequest[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-recorder-"));
    ledger = createLedger(join(folder, "ledger"));
    recorder = await startRecorder(ledger);
    received = [];
    collector = new grpc.Server();
    const connect: grpc.handleBidiStreamingCall<ConnectRequest, ConnectResponse> = (stream) => {
      stream.on("data", (request: ConnectRequest) => {
        received.push(request);
        if (request.message.case === "report") {
          stream.write(acknowledgement(request.message.value.observations.map((observation) => observation.sequence)));
        } else if (request.message.case === "goodbye") {
          stream.emit("error", { code: grpc.status.ABORTED, details: "as you like" });
        }
      });
    };
    collector.addService(definition, { connect });
    const port = await new Promise<number>((resolve, reject) =>
      collector.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    recorder.setCollector(`127.0.0.1:${port}`);
    client = new grpc.Client(`127.0.0.1:${recorder.port}`, grpc.credentials.createInsecure());
  });

  afterEach(async () => {
    client.close();
    collector.forceShutdown();
    await recorder[Symbol.asyncDispose]();
    ledger[Symbol.dispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function openStream(): ConnectStream {
    const stream: ConnectStream = client.makeBidiStreamRequest(
      connectMethod.path,
      connectMethod.requestSerialize,
      connectMethod.responseDeserialize,
    );
    stream.on("error", () => undefined);
    stream.write(create(ConnectRequestSchema, { message: { case: "hello", value: { nodeName: "neko", epoch: "e1" } } }));
    return stream;
  }

  it("passes messages on both ways and writes down what was sent and acknowledged", async () => {
    const answers: ConnectResponse[] = [];
    const stream = openStream().on("data", (answer: ConnectResponse) => answers.push(answer));
    stream.write(report([1, 2]));

    await waitUntil("an acknowledgement", 15_000, () => answers.length > 0);

    expect(received.map((request) => request.message.case)).toEqual(["hello", "report"]);
    expect(answers).toEqual([acknowledgement([1, 2])]);
    expect(ledger.observations()).toMatchObject([
      { node: "neko", epoch: "e1", sequence: 1, timesSent: 1, isAcknowledged: true },
      { node: "neko", epoch: "e1", sequence: 2, timesSent: 1, isAcknowledged: true },
    ]);
    const events = (await readFile(join(folder, "ledger"), "utf8")).trim().split("\n");
    expect(events.map((line) => JSON.parse(line).event)).toEqual(["sent", "sent", "acknowledged", "acknowledged"]);
  });

  it("passes the collector's status on to the agent", async () => {
    const stream = openStream();
    const status = new Promise<grpc.StatusObject>((resolve) => stream.on("status", resolve));
    stream.write(create(ConnectRequestSchema, { message: { case: "goodbye", value: {} } }));

    expect(await status).toMatchObject({ code: grpc.status.ABORTED, details: "as you like" });
  });

  it("says UNAVAILABLE while the collector is away", async () => {
    collector.forceShutdown();
    const stream = openStream();

    const status = await new Promise<grpc.StatusObject>((resolve) => stream.on("status", resolve));

    expect(status.code).toBe(grpc.status.UNAVAILABLE);
  });

  it("complains when one name is given to two observations", async () => {
    const stream = openStream();
    stream.write(report([1]));
    stream.write(report([1]));
    stream.write(report([1], "other"));

    await waitUntil("all three reports", 15_000, () => received.length === 4);

    expect(ledger.observations()).toMatchObject([{ sequence: 1, timesSent: 3 }]);
    expect(ledger.complaints()).toEqual(["two different observations are called neko/e1/1: of disks and of other"]);
  });
});

describe("compare", () => {
  const sent = [1, 2, 3].map((sequence) => ({
    ...{ node: "neko", epoch: "e1", sequence, probe: "disks", fingerprint: `f${sequence}` },
    ...{ timesSent: sequence, isAcknowledged: sequence < 3, refusal: undefined },
  }));
  const [first, second, third] = sent;

  it("counts what was acknowledged and is not there as lost", () => {
    const found = [first, third].filter((observation) => observation !== undefined);

    expect(compare(sent, found)).toMatchObject({
      sent: 3,
      acknowledged: 2,
      stored: 2,
      resent: 2,
      lost: ["neko/e1/2"],
      doubled: [],
      strange: [],
    });
  });

  it("finds what is there twice, and what is not what was sent", () => {
    const found = [first, second, second].filter((observation) => observation !== undefined);
    const changed = found.map((observation, index) => (index === 0 ? { ...observation, fingerprint: "other" } : observation));

    expect(compare(sent, changed)).toMatchObject({ lost: [], doubled: ["neko/e1/2"], strange: ["neko/e1/1"] });
  });
});

function report(sequences: readonly number[], probe = "disks"): ConnectRequest {
  const observations = sequences.map((sequence) => create(ObservationSchema, { probe, sequence, outcome: Outcome.ABSENT }));
  return create(ConnectRequestSchema, { message: { case: "report", value: { observations } } });
}

function acknowledgement(sequences: readonly number[]): ConnectResponse {
  const ranges = sequences.map((sequence) => ({ first: sequence, last: sequence }));
  return create(ConnectResponseSchema, { message: { case: "ack", value: { epoch: "e1", ranges } } });
}
