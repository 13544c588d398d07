/** kube-apiserver on loopback, with the admission and authorization that a cluster has by default. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../e2e/installation.ts";
import { type ClusterApi, clusterApi } from "./cluster-api.ts";
import { type IssuerKey, writeIssuerKey } from "./issuer-key.ts";
import { type ServiceProcess, startService } from "./service-process.ts";

/** How a server is started. */
export interface ApiServerOptions {
  readonly program: string;
  /** Of its certificate, its keys and its audit. A server that is started there again has the same certificate. */
  readonly folder: string;
  readonly etcdUrl: string;
  /** Undefined: a free one. */
  readonly port: number | undefined;
  readonly issuer: string;
  /** The first signs; tokens of all are good. */
  readonly issuerKeys: readonly [IssuerKey, ...IssuerKey[]];
  readonly flags: readonly string[];
}

/** A server that is ready. */
export interface ApiServer {
  readonly process: ServiceProcess;
  readonly port: number;
  /** As system:masters. */
  readonly admin: ClusterApi;
}

/** Where a server's audit lies; it has every request that was answered. */
export function auditFile(folder: string): string {
  return join(folder, "audit.log");
}

/** Where a server's certificate lies, with the authority that signed it. */
export function certificateFile(folder: string): string {
  return join(folder, "apiserver.crt");
}

/** Starts one and waits until it is ready. Three seconds on two free cores. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = options.port === undefined ? await freePorts(1) : [options.port];
    const process = startService(options.program, await argvOf(options, port), options.folder);
    const admin = await untilReady(process, port, options.folder);
    if (admin !== undefined) return { process, port, admin };
    await process[Symbol.asyncDispose]();
    // Somebody else took the port between our look and its start.
    const isTaken = options.port === undefined && /address already in use/.test(process.lastWords);
    if (!isTaken || attempt === 5) throw new Error(`kube-apiserver did not become ready (${process.end}): ${process.lastWords}`);
  }
}

const startLimitMs = 60_000;
const adminToken = "admin-of-a-test";

async function argvOf(options: ApiServerOptions, port: number): Promise<readonly string[]> {
  const { folder, issuer, issuerKeys } = options;
  const keys = await Promise.all(issuerKeys.map((key) => writeIssuerKey(folder, key)));
  await writeFile(join(folder, "tokens.csv"), `${adminToken},admin,admin,system:masters\n`, { mode: 0o600 });
  await writeFile(join(folder, "audit-policy.json"), JSON.stringify(auditPolicy));
  return [
    ...["--etcd-servers", options.etcdUrl, "--cert-dir", folder, "--secure-port", String(port)],
    // An address of the documentation's: what would be told to pods, of which there are none.
    ...["--bind-address", "127.0.0.1", "--advertise-address", "192.0.2.1", "--service-cluster-ip-range", "10.96.0.0/16"],
    ...["--token-auth-file", join(folder, "tokens.csv"), "--authorization-mode", "Node,RBAC"],
    ...["--enable-admission-plugins", "NodeRestriction", "--allow-privileged"],
    ...["--service-account-issuer", issuer, "--service-account-signing-key-file", keys[0]?.signing ?? ""],
    ...keys.flatMap((key) => ["--service-account-key-file", key.public]),
    ...["--audit-log-path", auditFile(folder), "--audit-policy-file", join(folder, "audit-policy.json")],
    // Who watches is told when it stops; else it would wait for them.
    ...["--shutdown-watch-termination-grace-period", "1s"],
    ...options.flags,
  ];
}

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
};

/** Undefined where it ended, or took too long. */
async function untilReady(process: ServiceProcess, port: number, folder: string): Promise<ClusterApi | undefined> {
  for (let waitedMs = 0; waitedMs < startLimitMs && process.end === undefined; waitedMs += 50) {
    const authority = await readFile(certificateFile(folder), "utf8").catch(() => ""); // it makes its certificate first
    const admin = clusterApi({ url: `https://127.0.0.1:${port}`, authority, token: adminToken });
    if (authority !== "" && (await isReady(admin))) return admin;
    admin.close();
    await sleep(50);
  }
  return undefined;
}

async function isReady(admin: ClusterApi): Promise<boolean> {
  try {
    return (await admin.ask("GET", "/readyz")).status === 200;
  } catch {
    return false; // it does not listen yet
  }
}
