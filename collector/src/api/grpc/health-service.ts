/** HealthService: the health of nodes over gRPC, behind the same gate as the API. */
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  Metadata,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";
import {
  type GetNodeHealthRequest,
  type GetNodeHealthResponse,
  GetNodeHealthResponseSchema,
  HealthService,
  type ListNodeHealthRequest,
  type ListNodeHealthResponse,
  ListNodeHealthResponseSchema,
} from "@nodekeeper/proto/health";
import { AppError, type Logger } from "@nodekeeper/shared";
import type { NodeStatus } from "@nodekeeper/shared/api";
import type { Gate } from "../access/gate.ts";
import type { Principal } from "../access/principal.ts";
import { healthLineOf, healthOf } from "../health-of.ts";
import { listHealth } from "../list-health.ts";
import { requireEntry } from "../require-node.ts";
import type { RouteContext } from "../route.ts";
import { healthMessage, statusOf, verdictMessage } from "./health-messages.ts";
import { grpcProblemOf } from "./status-of-error.ts";
import type { VerdictWatch, WatchCall } from "./verdict-watch.ts";

/** A call of any method. */
type AnyCall = ServerUnaryCall<GetNodeHealthRequest | ListNodeHealthRequest, never> | WatchCall;

/** What it needs. */
export interface HealthServiceOptions {
  readonly context: Pick<RouteContext, "fleet" | "state" | "findings">;
  readonly gate: Gate;
  readonly watch: VerdictWatch;
  readonly logger: Logger;
}

/** Serves it at a door; `keep` holds the connections of those who were let in. */
export type ServeHealth = (
  door: "local" | "public",
  keep: (call: { getPeer(): string; on(event: string, listener: () => void): unknown }, isProven: boolean) => void,
) => { readonly definition: ServiceDefinition; readonly handlers: UntypedServiceImplementation };

const defaultPageSize = 100;
const maximumPageSize = 1000;
const maximumWatched = 1000;

/** Makes it. */
export function createHealthService({ context, gate, watch, logger }: HealthServiceOptions): ServeHealth {
  const { fleet, findings } = context;

  function get({ node }: GetNodeHealthRequest): GetNodeHealthResponse {
    if (node === "") throw new AppError("REQUEST_INVALID", "`node` is empty");
    const entry = requireEntry(context, node);
    return create(GetNodeHealthResponseSchema, {
      health: healthMessage(healthLineOf(entry, findings), healthOf(entry, findings)),
    });
  }

  function list(request: ListNodeHealthRequest): ListNodeHealthResponse {
    const { pageSize, pageToken } = request;
    if (pageSize > maximumPageSize) throw new AppError("REQUEST_INVALID", `\`page_size\` is more than ${maximumPageSize}`);
    fleet.refresh();
    const { counts, nodes, total, nextCursor } = listHealth(fleet.entries(), findings, {
      ...(request.statuses.length === 0 ? {} : { status: statusesOf(request) }),
      ...(pageToken === "" ? {} : { cursor: pageToken }),
      limit: pageSize === 0 ? defaultPageSize : pageSize,
    });
    return create(ListNodeHealthResponseSchema, {
      nodes: nodes.map(verdictMessage),
      counts,
      total,
      nextPageToken: nextCursor ?? "",
    });
  }

  return (door, keep) => {
    const admit = (call: AnyCall): Promise<Principal> => {
      const authorization = call.metadata.get("authorization").map(String);
      return gate.admit({
        ...{ door: { kind: door }, method: "GET", access: "health:read", headers: {}, audited: undefined },
        headersDistinct: authorization.length === 0 ? {} : { authorization },
        address: call.getPeer().replace(/:\d+$/, ""),
        requestId: randomUUID(),
      });
    };
    const problemOf = (thrown: unknown, call: AnyCall) => {
      const error = AppError.from(thrown);
      const problem = grpcProblemOf(error);
      if (error.code === "INTERNAL") logger.error({ err: error, peer: call.getPeer() }, "a call about health failed");
      return { ...problem, metadata: new Metadata() };
    };
    const unary =
      <Request extends GetNodeHealthRequest | ListNodeHealthRequest, Response>(answer: (request: Request) => Response) =>
      (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>): void => {
        const asked = call as unknown as AnyCall; // the gate looks at its metadata alone
        admit(asked)
          .then(() => {
            keep(asked, true);
            return answer(call.request);
          })
          .then(
            (response) => done(null, response),
            (thrown: unknown) => done(problemOf(thrown, asked)),
          );
      };
    return {
      definition: grpcServiceDefinition(HealthService),
      handlers: {
        getNodeHealth: unary(get),
        listNodeHealth: unary(list),
        watchNodeHealth(call: WatchCall) {
          admit(call).then(
            (principal) => {
              if (call.cancelled) return;
              keep(call, true);
              begin(call, principal);
            },
            (thrown: unknown) => call.emit("error", problemOf(thrown, call)),
          );
          function begin(watching: WatchCall, principal: Principal): void {
            try {
              if (watching.request.nodes.length > maximumWatched)
                throw new AppError("REQUEST_INVALID", `\`nodes\` are more than ${maximumWatched}`);
              watch.serve(watching, principal);
            } catch (thrown) {
              watching.emit("error", problemOf(thrown, watching));
            }
          }
        },
      },
    };
  };
}

function statusesOf({ statuses }: ListNodeHealthRequest): NodeStatus[] {
  return statuses.map((each) => {
    const status = statusOf(each);
    if (status === undefined) throw new AppError("REQUEST_INVALID", `\`statuses\`: ${each} is no state of a node`);
    return status;
  });
}
