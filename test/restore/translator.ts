/** Stands between an agent and a collector, or a recorder before it, and lets them meet as programs of two versions would. */
import * as grpc from "@grpc/grpc-js";
import { connectMethod } from "@nodekeeper/proto/connect";

/** What becomes of each message; several for one, or none. */
export interface Translation {
  toCollector(bytes: Uint8Array): readonly Uint8Array[];
  toAgent(bytes: Uint8Array): readonly Uint8Array[];
}

/** A translator that listens. */
export interface Translator extends AsyncDisposable {
  /** Port of 127.0.0.1 that the agent dials. */
  readonly port: number;
}

const passBytes = (bytes: Buffer): Buffer => bytes;

/** Starts one before 127.0.0.1:`port`. */
export async function startTranslator(port: number, { toCollector, toAgent }: Translation): Promise<Translator> {
  const server = new grpc.Server();
  const connect: grpc.handleBidiStreamingCall<Buffer, Buffer> = (agentSide) => {
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const collectorSide = client.makeBidiStreamRequest(connectMethod.path, passBytes, passBytes, agentSide.metadata);
    agentSide.on("data", (bytes: Buffer) => {
      for (const each of toCollector(bytes)) collectorSide.write(Buffer.from(each));
    });
    agentSide.on("end", () => collectorSide.end());
    for (const event of ["cancelled", "error"]) agentSide.on(event, () => collectorSide.cancel());
    collectorSide.on("data", (bytes: Buffer) => {
      for (const each of toAgent(bytes)) agentSide.write(Buffer.from(each));
    });
    collectorSide.on("error", () => undefined); // its status, which follows, says the same
    collectorSide.on("status", (status) => {
      client.close();
      if (status.code === grpc.status.OK) agentSide.end();
      else agentSide.emit("error", status);
    });
  };
  const bytes = {
    requestSerialize: passBytes,
    requestDeserialize: passBytes,
    responseSerialize: passBytes,
    responseDeserialize: passBytes,
  };
  server.addService({ connect: { path: connectMethod.path, requestStream: true, responseStream: true, ...bytes } }, { connect });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, found) =>
      error === null ? resolve(found) : reject(error),
    );
  });
  return { port: bound, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}
