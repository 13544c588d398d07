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

export const connectMethod = {
  path: `/${CollectorService.typeName}/${CollectorService.method.connect.name}`,
  requestSerialize: (request: ConnectRequest): Buffer => Buffer.from(toBinary(ConnectRequestSchema, request)),
  responseDeserialize: (bytes: Buffer): ConnectResponse => fromBinary(ConnectResponseSchema, bytes),
} as const;
