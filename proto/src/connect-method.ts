/** The collector's one method as an agent calls it by grpc-js, with its types. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import {
  CollectorService,
  type ConnectRequest,
  ConnectRequestSchema,
  type ConnectResponse,
  ConnectResponseSchema,
} from "./gen/nodekeeper/v1/collector_pb.ts";

/** The agent's end of the stream. */
export type ConnectStream = ClientDuplexStream<ConnectRequest, ConnectResponse>;

/** What `Client.makeBidiStreamRequest` takes; unknown fields of a response are dropped. */
export const connectMethod: {
  readonly path: string;
  requestSerialize(request: ConnectRequest): Buffer;
  responseDeserialize(bytes: Buffer): ConnectResponse;
} = {
  path: `/${CollectorService.typeName}/${CollectorService.method.connect.name}`,
  requestSerialize: (request) => {
    const bytes = toBinary(ConnectRequestSchema, request);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
  responseDeserialize: (bytes) => fromBinary(ConnectResponseSchema, bytes, { readUnknownFields: false }),
};
