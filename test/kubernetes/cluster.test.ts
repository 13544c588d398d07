/** The cluster of the tests is what it says: a real API server that can be restarted, frozen and given a new key, and that leaves nothing. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "./cluster.ts";
import {
  createNamespace,
  createNode,
  createNodes,
  createPod,
  createServiceAccount,
  deletePod,
  grant,
  requestAccountToken,
  requestPodToken,
} from "./cluster-objects.ts";
import { claimsOf } from "./issuer-key.ts";
import { kubernetesBuildLimitMs, kubernetesPrograms, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const account = { namespace: "home", name: "agent" };

describe.skipIf(missing !== undefined)(`a cluster of a test${whyNot}`, { timeout: 90_000 }, () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster(await kubernetesPrograms());
    await createNamespace(cluster.admin, "home");
    await createServiceAccount(cluster.admin, account);
    await createNode(cluster.admin, "badger");
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it("is a Kubernetes 1.33", async () => {
    const { body } = await cluster.admin.ask("GET", "/version");

    expect(body).toMatchObject({ gitVersion: expect.stringMatching(/^v1\.33\./) });
  });

  it("gives a pod a token that names its node, for an audience", async () => {
    const pod = await createPod(cluster.admin, { namespace: "home", name: "agent-1", node: "badger", serviceAccount: "agent" });

    const token = await requestPodToken(cluster.admin, pod, { audience: "nodekeeper" });

    expect(claimsOf(token)).toMatchObject({
      iss: cluster.issuer,
      aud: ["nodekeeper"],
      "kubernetes.io": { namespace: "home", node: { name: "badger" }, pod: { name: "agent-1", uid: pod.uid } },
    });
    await deletePod(cluster.admin, pod);
    expect((await cluster.admin.ask("GET", "/api/v1/namespaces/home/pods/agent-1")).status).toBe(404);
  });

  it("gives an account the rights that it is granted, and no others", async () => {
    await grant(cluster.admin, account, {
      namespace: "home",
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
    });
    const api = cluster.admin.as(await requestAccountToken(cluster.admin, account));

    expect((await api.ask("GET", "/api/v1/namespaces/home/pods")).status).toBe(200);
    expect((await api.ask("GET", "/api/v1/namespaces/home/secrets")).status).toBe(403);
    expect((await api.ask("GET", "/api/v1/namespaces/default/pods")).status).toBe(403);
    api.close();
    expect((await cluster.requests()).filter(({ user }) => user === "system:serviceaccount:home:agent")).toEqual([
      expect.objectContaining({ verb: "list", resource: "pods", namespace: "home", status: 200 }),
      expect.objectContaining({ verb: "list", resource: "secrets", namespace: "home", status: 403 }),
      expect.objectContaining({ verb: "list", resource: "pods", namespace: "default", status: 403 }),
    ]);
  });

  it(
    "keeps what it holds when the API server goes away and comes back at the same place",
    async () => {
      await cluster.stop();
      await expect(cluster.admin.ask("GET", "/readyz")).rejects.toThrow("ECONNREFUSED");

      await cluster.start();

      expect((await cluster.admin.get("/api/v1/nodes/badger")).metadata.name).toBe("badger");
    },
    restartLimitMs,
  );

  it(
    "takes the tokens of the old key after a rotation, and signs with the new one",
    async () => {
      const old = await requestAccountToken(cluster.admin, account);
      const oldKey = cluster.issuerKey;

      await cluster.rotateIssuerKey("ES256");

      const { body } = await cluster.admin.ask("GET", "/openid/v1/jwks");
      const { keys } = body as { readonly keys: readonly { readonly kid: string }[] };
      expect(keys.map(({ kid }) => kid).sort()).toEqual([oldKey.id, cluster.issuerKey.id].sort());
      const api = cluster.admin.as(old);
      expect((await api.ask("GET", "/api/v1/namespaces/home/pods")).status).toBe(200);
      api.close();
    },
    restartLimitMs,
  );

  it(
    "holds a thousand nodes",
    async () => {
      const names = Array.from({ length: 1000 }, (_, index) => `many-${index}`);

      await createNodes(cluster.admin, names);

      const { items } = (await cluster.admin.ask("GET", "/api/v1/nodes?limit=2000")).body as {
        readonly items: readonly unknown[];
      };
      expect(items).toHaveLength(1001);
    },
    restartLimitMs,
  );

  it(
    "leaves nothing when it is disposed, also where its API server stands still",
    async () => {
      const another = await startCluster(await kubernetesPrograms());
      await another.freeze();

      await another[Symbol.asyncDispose]();

      await expect(another.admin.ask("GET", "/readyz")).rejects.toThrow("ECONNREFUSED");
      expect(existsSync(dirname(another.authorityFile))).toBe(false);
    },
    restartLimitMs,
  );
});
