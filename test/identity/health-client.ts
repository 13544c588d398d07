/** A client of HealthService, as a program of somebody else would be one. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ChannelCredentials,
  type ClientReadableStream,
  Metadata,
  makeClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";
import {
  GetNodeHealthRequestSchema,
  type GetNodeHealthResponse,
  HealthService,
  ListNodeHealthRequestSchema,
  type ListNodeHealthResponse,
  WatchNodeHealthRequestSchema,
  type WatchNodeHealthResponse,
} from "@nodekeeper/proto/health";
import { type Address, collectorServerName } from "@nodekeeper/shared";

/** The client. */
export interface HealthClient extends Disposable {
  get(node: string): Promise<GetNodeHealthResponse>;
  list(request?: MessageInitShape<typeof ListNodeHealthRequestSchema>): Promise<ListNodeHealthResponse>;
  watch(nodes?: readonly string[]): Watching;
}

/** A watch and what came of it. */
export interface Watching {
  readonly call: ClientReadableStream<WatchNodeHealthResponse>;
  readonly messages: WatchNodeHealthResponse["message"][];
  /** Resolves when it is over. */
  readonly ended: Promise<ServiceError | undefined>;
}

type Unary = (request: unknown, metadata: Metadata, done: (error: ServiceError | null, response: never) => void) => void;

const HealthClientConstructor = makeClientConstructor(grpcServiceDefinition(HealthService), "health");

/** Dials, and shows this token with each call. */
export function healthClient({ host, port }: Address, channel: ChannelCredentials, token?: string): HealthClient {
  const client = new HealthClientConstructor(`${host}:${port}`, channel, {
    "grpc.ssl_target_name_override": collectorServerName,
    "grpc.default_authority": collectorServerName,
    "grpc.use_local_subchannel_pool": 1,
  });
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  const methods = client as unknown as Record<"getNodeHealth" | "listNodeHealth", Unary> & {
    watchNodeHealth(request: unknown, metadata: Metadata): ClientReadableStream<WatchNodeHealthResponse>;
  }; // as the definition says
  const unary = <Response>(method: "getNodeHealth" | "listNodeHealth", request: unknown): Promise<Response> =>
    new Promise((resolve, reject) =>
      methods[method](request, metadata, (error, response: Response) => (error === null ? resolve(response) : reject(error))),
    );
  return {
    get: (node) => unary("getNodeHealth", create(GetNodeHealthRequestSchema, { node })),
    list: (request = {}) => unary("listNodeHealth", create(ListNodeHealthRequestSchema, request)),
    watch(nodes = []) {
      const call = methods.watchNodeHealth(create(WatchNodeHealthRequestSchema, { nodes: [...nodes] }), metadata);
      const messages: WatchNodeHealthResponse["message"][] = [];
      call.on("data", ({ message }: WatchNodeHealthResponse) => messages.push(message));
      const ended = new Promise<ServiceError | undefined>((resolve) => {
        call.on("error", (error: ServiceError) => resolve(error));
        call.on("end", () => resolve(undefined));
      });
      return { call, messages, ended };
    },
    [Symbol.dispose]: () => client.close(),
  };
}
