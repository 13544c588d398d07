/** The collector's one method as an agent needs it for grpc-js, with its types. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import {
  CollectorService,
  type ConnectRequest,
  ConnectRequestSchema,
  type ConnectResponse,
  ConnectResponseSchema,
} from "@nodekeeper/proto";

export type ConnectStream = ClientDuplexStream<ConnectRequest, ConnectResponse>;

export const connectMethod: {
  readonly path: string;
  requestSerialize(request: ConnectRequest): Buffer;
  responseDeserialize(bytes: Buffer): ConnectResponse;
} = {
  path: `/${CollectorService.typeName}/${CollectorService.method.connect.name}`,
  requestSerialize: (request) => Buffer.from(toBinary(ConnectRequestSchema, request)),
  responseDeserialize: (bytes) => fromBinary(ConnectResponseSchema, bytes),
};
