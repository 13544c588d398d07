/** Takes machines in that are not of the cluster: a join token for a credential, once. Served by the public door only. */
import { create } from "@bufbuild/protobuf";
import { Metadata, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { EnrollmentService, type EnrollRequest, type EnrollResponse, EnrollResponseSchema } from "@nodekeeper/proto";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";
import { AppError, type Clock, isNodeName, type Logger } from "@nodekeeper/shared";
import type { Credential, Issued, Registry } from "../identity/registry.ts";
import type { TrustSource } from "../tls/trust.ts";
import { addressOf } from "./address-of.ts";
import type { GrpcService } from "./door.ts";
import { createRateLimit, type Rate } from "./rate-limit.ts";
import { refusalOf } from "./refusal.ts";
import type { RefusalReports } from "./refusal-reports.ts";

/** What enrolling needs. */
export interface EnrollmentOptions {
  readonly registry: Pick<Registry, "enroll">;
  readonly trust: Pick<TrustSource, "current">;
  readonly reports: Pick<RefusalReports, "refused" | "audit">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A rack that is enrolled by a script is one address. */
const ratePerAddress: Rate = { burst: 60, perMinute: 30 };
const rateTogether: Rate = { burst: 300, perMinute: 300 };
const maximumTokenBytes = 1024;

/** Makes the service. */
export function createEnrollmentService(options: EnrollmentOptions): GrpcService {
  const { registry, trust, reports, clock, logger } = options;
  const limit = createRateLimit(clock, ratePerAddress, rateTogether);

  async function enroll(request: EnrollRequest, peer: string): Promise<EnrollResponse> {
    if (!limit.take(addressOf(peer)))
      throw new AppError("RATE_LIMITED", "too many enrollments in too short a time; try again in a minute");
    const problem = problemOf(request);
    if (problem !== undefined) throw new AppError("REQUEST_INVALID", problem);
    const told = trust.current;
    if (told === undefined) throw new AppError("NOT_READY", "nobody can be told where this collector is");
    const { text, record } = await registry.enroll(request.joinToken, { node: request.nodeName, machineId: request.machineId });
    sayDone(record, request, peer);
    return create(EnrollResponseSchema, {
      nodeName: record.node,
      credential: text,
      caCertificates: [...told.caCertificates],
      addresses: [...told.addresses],
      serverName: told.serverName,
    });
  }

  function sayDone({ id, node, machineId }: Issued<Credential>["record"], { agentVersion }: EnrollRequest, peer: string): void {
    logger.info({ node, peer, machineId, credentialId: id, agentVersion }, "a machine was enrolled");
    reports.audit({
      actor: { kind: "agent", name: node },
      action: "agent.enroll",
      target: { kind: "node", name: node },
      outcome: "done",
      detail: `credential ${id} for machine-id ${machineId === "" ? "unknown" : machineId}, from ${peer}`,
    });
  }

  return {
    definition: grpcServiceDefinition(EnrollmentService),
    handlers: {
      enroll(call: ServerUnaryCall<EnrollRequest, EnrollResponse>, answer: sendUnaryData<EnrollResponse>) {
        const peer = call.getPeer();
        enroll(call.request, peer).then(
          (response) => answer(null, response),
          (thrown: unknown) => {
            const error = AppError.from(thrown);
            const refusal = refusalOf(error);
            if (refusal.reason === "internal") logger.error({ err: error, peer }, "an enrollment failed");
            reports.refused({ ...{ refusal, peer, action: "agent.enroll" }, claimed: claimedBy(call.request, error) });
            answer({ code: refusal.code, details: refusal.details, metadata: new Metadata() });
          },
        );
      },
    },
  };
}

function problemOf({ joinToken, nodeName, machineId, agentVersion }: EnrollRequest): string | undefined {
  if (Buffer.byteLength(joinToken) > maximumTokenBytes) return `join_token is longer than ${maximumTokenBytes} bytes`;
  if (nodeName !== "" && !isNodeName(nodeName))
    return "node_name must be 1 to 253 letters, digits, dots, dashes and underscores, or empty";
  if (!/^[A-Za-z0-9-]{0,64}$/.test(machineId)) return "machine_id must be at most 64 letters, digits and dashes";
  if (!/^[\x20-\x7e]{0,64}$/.test(agentVersion)) return "agent_version must be printable and at most 64 bytes";
  return undefined;
}

/** The token says it if it is one of ours; what the machine says of itself is only good for a name that could be one. */
function claimedBy({ nodeName }: EnrollRequest, { context }: AppError): string | undefined {
  if (typeof context["node"] === "string") return context["node"];
  return isNodeName(nodeName) ? nodeName : undefined;
}
