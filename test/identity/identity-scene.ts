/** A collector with a public door and an admin socket, and machines that are enrolled there: all on real sockets. */

import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { EnrollRequestSchema, type EnrollResponse, EnrollResponseSchema, type HelloSchema } from "@nodekeeper/proto";
import { type Address, type Clock, collectorServerName, type Logger } from "@nodekeeper/shared";
import type { CollectorDependencies } from "../../collector/src/collector.ts";
import type { VaultContents } from "../../collector/src/identity/vault.ts";
import type { IngestLimits } from "../../collector/src/ingest/server.ts";
import type { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What the collector answers. */
export interface Answer {
  readonly status: number;
  // The body of whatever was asked for; tests say what they expect of it.
  readonly body: Record<string, never>;
}

/** A collector that runs, seen from outside. */
export interface IdentityClients {
  /** Asks as an admin. */
  admin(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<Answer>;
  /** The text of a join token. */
  joinToken(node: string): Promise<string>;
  enroll(request: MessageInitShape<typeof EnrollRequestSchema>): Promise<EnrollResponse>;
  /** The credential of a machine that was enrolled. */
  enrolled(node: string, machineId?: string): Promise<string>;
  /** An agent at the public door. */
  connect(credential: string | undefined): FakeAgent;
  /** An agent that was greeted, with the machine-id of machines that are enrolled. */
  greeted(credential: string, hello?: MessageInitShape<typeof HelloSchema>): Promise<FakeAgent>;
  vault(): Promise<VaultContents>;
}

/** The scene. */
export interface IdentityScene extends IdentityClients, AsyncDisposable {
  readonly collector: CollectorUnderTest;
  /** An agent at the local door. */
  connectLocally(credential?: string): FakeAgent;
}

/** What a test may choose. */
export interface SceneOptions {
  /** In which another collector ran before. */
  readonly folder?: string;
  readonly store?: FakeStore;
  readonly openStore?: CollectorDependencies["openStore"];
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly limits?: Partial<IngestLimits>;
}

/** Machine-id of machines that are enrolled, and of agents that say hello. */
export const machineA: string = "1".repeat(32);
/** Another one. */
export const machineB: string = "2".repeat(32);

/** Starts the collector. */
export async function identityScene({ folder, ...options }: SceneOptions = {}): Promise<IdentityScene> {
  const temporary = folder === undefined ? await temporaryFolder() : undefined;
  const path = folder ?? temporary?.path ?? "";
  const collector = await aCollector({
    ...options,
    args: [
      ...[`--data-dir=${path}`, `--admin-socket=${path}/admin.sock`],
      ...["--public-grpc-listen=127.0.0.1:0", "--public-name=collector.home"],
    ],
  });
  const { publicGrpcAddress } = collector;
  if (publicGrpcAddress === undefined) throw new Error("the collector has no public door");
  return {
    ...(await identityClients(path, publicGrpcAddress)),
    collector,
    connectLocally: (credential) => connectAgent(collector.grpcAddress, {}, credentials.createInsecure(), credential),
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]();
      await temporary?.[Symbol.asyncDispose]();
    },
  };
}

/** Those of a collector over a folder, in which its vault and its admin socket lie. */
export async function identityClients(path: string, publicGrpcAddress: Address): Promise<IdentityClients> {
  const socket = `${path}/admin.sock`;
  const authority = `${publicGrpcAddress.host}:${publicGrpcAddress.port}`;
  const channel = { "grpc.ssl_target_name_override": collectorServerName, "grpc.default_authority": collectorServerName };
  const vault = async (): Promise<VaultContents> => JSON.parse(await readFile(`${path}/vault.json`, "utf8"));
  const trusted = (await vault()).authorities.map(({ certificate }) => new X509Certificate(certificate).toString()).join("");
  const tls = () => credentials.createSsl(Buffer.from(trusted));

  async function joinToken(node: string): Promise<string> {
    const { status, body } = await ask(socket, "POST", "/api/v1/tokens", { kind: "join", node });
    if (status !== 201) throw new Error(`no token: ${JSON.stringify(body)}`);
    return String(body["text"]);
  }

  async function enroll(wanted: MessageInitShape<typeof EnrollRequestSchema>): Promise<EnrollResponse> {
    const client = new Client(authority, tls(), { ...channel, "grpc.use_local_subchannel_pool": 1 });
    try {
      return await new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          "/nodekeeper.v1.EnrollmentService/Enroll",
          (message) => Buffer.from(toBinary(EnrollRequestSchema, message)),
          (bytes) => fromBinary(EnrollResponseSchema, bytes),
          create(EnrollRequestSchema, wanted),
          (error: ServiceError | null, response?: EnrollResponse) => {
            if (response === undefined) reject(error ?? new Error("no answer"));
            else resolve(response);
          },
        );
      });
    } finally {
      client.close();
    }
  }

  const connect = (credential: string | undefined): FakeAgent => connectAgent(publicGrpcAddress, channel, tls(), credential);

  return {
    vault,
    joinToken,
    enroll,
    connect,
    admin: (method, route, body) => ask(socket, method, route, body),
    async enrolled(node, machineId = machineA) {
      const { credential } = await enroll({ joinToken: await joinToken(node), nodeName: node, machineId, agentVersion: "0.1.0" });
      return credential;
    },
    async greeted(credential, hello) {
      const agent = connect(credential);
      agent.hello({ machineId: machineA, ...hello });
      await agent.next("helloAck");
      return agent;
    },
  };
}

function ask(socketPath: string, method: string, path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const asking = request({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: text === "" ? {} : JSON.parse(text) });
      });
    });
    asking.on("error", reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
