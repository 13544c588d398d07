/** The collector's side of the service: requests with their size, and a malformed one as a value, so that it gets a clear answer. */
import { create, fromBinary } from "@bufbuild/protobuf";
import type { ServerDuplexStream, ServiceDefinition } from "@grpc/grpc-js";
import {
  CollectorService,
  type ConnectRequest,
  ConnectRequestSchema,
  type ConnectResponse,
  ConnectResponseSchema,
} from "@nodekeeper/proto";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";

/** What came on a stream. */
export type Incoming =
  | { readonly kind: "request"; readonly request: ConnectRequest; readonly bytes: number }
  | { readonly kind: "malformed"; readonly problem: string };

/** A stream as grpc-js gives it. */
export type Call = ServerDuplexStream<Incoming, ConnectResponse>;

/** For Server.addService. */
export function serviceDefinition(): ServiceDefinition {
  const definition = grpcServiceDefinition(CollectorService);
  const { connect } = definition;
  if (connect === undefined) throw new Error("the service has no method connect");
  return { ...definition, connect: { ...connect, requestDeserialize: deserialize } };
}

/** A response of one of the kinds. */
export function response(message: ConnectResponse["message"]): ConnectResponse {
  return create(ConnectResponseSchema, { message });
}

function deserialize(bytes: Buffer): Incoming {
  try {
    return {
      kind: "request",
      request: fromBinary(ConnectRequestSchema, bytes, { readUnknownFields: false }),
      bytes: bytes.length,
    };
  } catch (thrown) {
    return { kind: "malformed", problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
