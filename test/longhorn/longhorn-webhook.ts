/**
 * Longhorn's admission webhook on loopback: HTTPS with a certificate of its own, registered in a real API server as Longhorn registers it, so that
 * nothing is written while it is away. It keeps the rules of node-rules.ts, and can be told to be away, slow, or to refuse everything for a time.
 */
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, issueCertificate } from "../../collector/src/tls/certificates.ts";
import type { ClusterApi, KubernetesObject } from "../kubernetes/cluster-api.ts";
import { type LonghornVersion, longhornPath } from "./longhorn-crds.ts";
import type { LonghornNode, Replica } from "./longhorn-objects.ts";
import {
  changesOf,
  type Refusal,
  type RuleScene,
  refusalOfCreate,
  refusalOfDelete,
  refusalOfUpdate,
  syncing,
} from "./node-rules.ts";

/** It is in force until it is disposed. */
export interface LonghornWebhook extends AsyncDisposable {
  /** Nobody listens any more: the API server answers writes with 500. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Each answer comes so much later; 0: at once. The API server waits ten seconds. */
  slowDown(delayMs: number): void;
  /** Every update of these nodes (default: all) gets the 403 of disks that are being synced, for so long. */
  refuseFor(durationMs: number, nodes?: readonly string[]): void;
  /** Updates that were refused, in order, since it is in force. */
  readonly refusals: readonly { readonly node: string; readonly refusal: Refusal }[];
}

/** Registers it and waits until it is in force. */
export async function startLonghornWebhook(admin: ClusterApi, version: LonghornVersion): Promise<LonghornWebhook> {
  const nowMs = Date.now();
  const authority = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
  const { certificate, key } = await issueCertificate(authority, ["127.0.0.1"], nowMs);
  const minor = Number(version.split(".")[1]);
  const refusals: { readonly node: string; readonly refusal: Refusal }[] = [];
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let refusing = { untilMs: 0, nodes: undefined as readonly string[] | undefined };

  async function refusalOf({ operation, object, oldObject }: AdmissionRequest): Promise<Refusal | undefined> {
    const scene: RuleScene = { minor, isV2EngineOn: false };
    if (operation === "CREATE") return object === null ? undefined : refusalOfCreate(object, scene);
    if (operation === "DELETE") return oldObject === null ? undefined : refusalOfDelete(oldObject, await replicasOn(oldObject));
    if (object === null || oldObject === null) return undefined;
    const { name } = oldObject.metadata;
    const isRefused = performance.now() < refusing.untilMs && (refusing.nodes?.includes(name) ?? true);
    return isRefused && oldObject.metadata["deletionTimestamp"] === undefined
      ? syncing(name)
      : refusalOfUpdate(oldObject, object, scene);
  }

  async function replicasOn({ metadata: { name } }: LonghornNode): Promise<number> {
    const { items } = (await admin.get(longhornPath("replicas"))) as KubernetesObject & { readonly items: readonly Replica[] }; // ReplicaList
    return items.filter(({ spec }) => spec.nodeID === name).length;
  }

  /** The API server adds its timeout to the path. */
  async function answer(path: string, review: AdmissionReview): Promise<object> {
    const { request } = review;
    if (delayMs > 0) await sleep(delayMs);
    if (path.startsWith(mutationPath)) return { uid: request.uid, allowed: true, ...patchOf(request) };
    const refusal = await refusalOf(request);
    if (refusal === undefined) return { uid: request.uid, allowed: true };
    if (request.operation === "UPDATE") refusals.push({ node: request.name, refusal });
    return { uid: request.uid, allowed: false, status: statusOf(refusal) };
  }

  const server = createServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as AdmissionReview; // as the API server sends it
      const answered = await answer(request.url ?? "", review);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: answered }));
    });
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // the API server went away
  });
  const port = await listen(server, 0);
  const goAway = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await admin.apply(...registrations(`https://127.0.0.1:${port}`, authority.certificate, minor));
  await untilInForce(admin);

  return {
    refusals,
    goAway,
    comeBack: async () => void (await listen(server, port)),
    slowDown(each) {
      delayMs = each;
    },
    refuseFor(durationMs, nodes) {
      refusing = { untilMs: performance.now() + durationMs, nodes };
    },
    [Symbol.asyncDispose]: goAway,
  };
}

interface AdmissionRequest {
  readonly uid: string;
  readonly name: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly object: LonghornNode | null;
  readonly oldObject: LonghornNode | null;
}

interface AdmissionReview {
  readonly request: AdmissionRequest;
}

const validationPath = "/v1/webhook/validation";
const mutationPath = "/v1/webhook/mutation";
const pollMs = 50;
const inForceLimitMs = 30_000;

function patchOf({ object }: AdmissionRequest): object {
  const steps = object === null ? [] : changesOf(object);
  if (steps.length === 0) return {};
  return { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(steps)).toString("base64") };
}

function statusOf({ code, message }: Refusal): object {
  const common = { status: "Failure", message, code };
  if (code === 403) return { ...common, reason: "Forbidden" };
  return { ...common, reason: "Invalid", details: { causes: [{ reason: "FieldValueInvalid", message, field: "" }] } };
}

function registrations(url: string, authority: string, minor: number): readonly KubernetesObject[] {
  const registered = (kind: string, name: string, path: string, operations: readonly string[]): KubernetesObject => ({
    ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: `${kind}WebhookConfiguration` },
    metadata: { name: `longhorn-webhook-${name}` },
    webhooks: [
      {
        ...{ name: `${name}.longhorn.io`, failurePolicy: "Fail", matchPolicy: "Exact", sideEffects: "None" },
        clientConfig: { url: `${url}${path}`, caBundle: Buffer.from(authority).toString("base64") },
        rules: [{ apiGroups: ["longhorn.io"], apiVersions: ["v1beta2"], resources: ["nodes"], operations, scope: "Namespaced" }],
        admissionReviewVersions: ["v1"],
      },
    ],
  });
  const written = ["CREATE", "UPDATE"];
  return [
    registered("Mutating", "mutator", mutationPath, written),
    registered("Validating", "validator", validationPath, minor >= 10 ? [...written, "DELETE"] : written),
  ];
}

/** The API server looks for new registrations once a second. */
async function untilInForce(admin: ClusterApi): Promise<void> {
  const path = `${longhornPath("nodes")}?dryRun=All`;
  const bad = {
    apiVersion: "longhorn.io/v1beta2",
    kind: "Node",
    metadata: { name: "check" },
    spec: { instanceManagerCPURequest: -1 },
  };
  const good = { ...bad, spec: {} };
  const isInForce = async (): Promise<boolean> => {
    const isMutated = (await admin.ask("POST", path, good)).body as KubernetesObject; // Node, or Status
    return (await admin.ask("POST", path, bad)).status === 422 && isMutated.metadata["finalizers"] !== undefined;
  };
  for (let waitedMs = 0; !(await isInForce()); waitedMs += pollMs) {
    if (waitedMs > inForceLimitMs) throw new Error("the webhook is not in force");
    await sleep(pollMs);
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("an HTTPS server has an address of host and port");
  return address.port;
}
