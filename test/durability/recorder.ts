/**
 * Stands between agent and collector on loopback and passes every message on as the bytes that came, in both directions, while it
 * writes into a ledger what was sent and what was acknowledged. It outlives both, so its ledger is what either of them is held to.
 */
import { fromBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { ConnectRequestSchema, ConnectResponseSchema } from "@nodekeeper/proto";
import { connectMethod } from "@nodekeeper/proto/connect";
import type { Ledger } from "./ledger.ts";

export interface Recorder extends AsyncDisposable {
  /** Port of 127.0.0.1 that the agent dials. */
  readonly port: number;
  /** Where new streams go: "127.0.0.1:<port>". Until the first call there is no collector. */
  setCollector(address: string): void;
  /** How many streams agents opened so far. */
  streamCount(): number;
}

/** Nothing is decoded on the way through. */
const passBytes = (bytes: Buffer): Buffer => bytes;

/** A collector that was just killed is back within a second; the default of grpc-js waits longer than that to look again. */
const channelOptions: grpc.ChannelOptions = { "grpc.max_receive_message_length": -1, "grpc.use_local_subchannel_pool": 1 };

/** Starts to listen on a free port of loopback. */
export async function startRecorder(ledger: Ledger): Promise<Recorder> {
  let collector: string | undefined;
  let streamCount = 0;
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  const connect: grpc.handleBidiStreamingCall<Buffer, Buffer> = (agentSide) => {
    streamCount += 1;
    if (collector === undefined) {
      agentSide.emit("error", { code: grpc.status.UNAVAILABLE, details: "the collector has not started yet" });
      return;
    }
    joinStreams(agentSide, collector, ledger);
  };
  server.addService(
    {
      connect: {
        path: connectMethod.path,
        requestStream: true,
        responseStream: true,
        requestSerialize: passBytes,
        requestDeserialize: passBytes,
        responseSerialize: passBytes,
        responseDeserialize: passBytes,
      },
    },
    { connect },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    setCollector: (address) => {
      collector = address;
    },
    streamCount: () => streamCount,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

function joinStreams(agentSide: grpc.ServerDuplexStream<Buffer, Buffer>, collector: string, ledger: Ledger): void {
  // A channel of its own for each stream: it dials at once, whatever happened to the stream before.
  const client = new grpc.Client(collector, grpc.credentials.createInsecure(), channelOptions);
  const collectorSide = client.makeBidiStreamRequest(connectMethod.path, passBytes, passBytes, agentSide.metadata);
  const names = { node: "", epoch: "" };
  agentSide.on("data", (bytes: Buffer) => {
    recordRequest(bytes, names, ledger);
    collectorSide.write(bytes);
  });
  agentSide.on("end", () => collectorSide.end());
  agentSide.on("cancelled", () => collectorSide.cancel());
  agentSide.on("error", () => collectorSide.cancel());
  collectorSide.on("data", (bytes: Buffer) => {
    recordResponse(bytes, names, ledger);
    agentSide.write(bytes);
  });
  collectorSide.on("status", (status) => {
    client.close();
    if (status.code === grpc.status.OK) {
      agentSide.end();
    } else {
      agentSide.emit("error", status);
    }
  });
  collectorSide.on("error", () => undefined); // its status, which follows, says the same
}

function recordRequest(bytes: Buffer, names: { node: string; epoch: string }, ledger: Ledger): void {
  const { message } = fromBinary(ConnectRequestSchema, bytes);
  if (message.case === "hello") {
    names.node = message.value.nodeName;
    names.epoch = message.value.epoch;
  } else if (message.case === "report") {
    for (const observation of message.value.observations) {
      ledger.sent(names.node, names.epoch, observation);
    }
  }
}

function recordResponse(bytes: Buffer, names: { readonly node: string; readonly epoch: string }, ledger: Ledger): void {
  const { message } = fromBinary(ConnectResponseSchema, bytes);
  if (message.case === "ack") {
    ledger.acknowledged(names.node, message.value.epoch, message.value.ranges, message.value.rejections);
  } else if (message.case === "helloAck") {
    ledger.acknowledged(names.node, names.epoch, message.value.acknowledged, []);
  }
}
