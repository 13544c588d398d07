/** What deploy/ asks of a cluster: that kustomize can put it together, that it gives away no more than it must, and that a real API server takes it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig as readAgentConfig } from "../../agent/src/config.ts";
import { readConfig as readCollectorConfig } from "../../collector/src/config.ts";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import { requestAccountToken } from "../kubernetes/cluster-objects.ts";
import { clusterRights, eventRights, objectRights } from "../kubernetes/collector-rights.ts";
import { kubernetesBuildLimitMs, kubernetesPrograms, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { longhornRights, storageClassRights } from "../longhorn/longhorn-rights.ts";
import {
  deployFolder,
  kustomizations,
  manifests,
  missingForManifests,
  objectOf,
  objectsOf,
  podSpecOf,
  withComponents,
} from "./manifests.ts";
import type { Container, PodSpec } from "./pod-spec.ts";

const missing = missingForManifests();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(`deploy/${whyNot}`, { timeout: 90_000 }, () => {
  it.each(kustomizations("Component"))("is put together with the component %s", async (component) => {
    const objects = await withComponents(component);

    const without = (await manifests(deployFolder)).map(nameOf);
    expect(objects.map(nameOf)).toEqual(expect.arrayContaining(without));
    expect(JSON.stringify(objects)).not.toBe(JSON.stringify(await manifests(deployFolder)));
  });

  it("gives the programs only options that they know, and that do not contradict each other", async () => {
    const components = kustomizations("Component");
    for (const objects of [await manifests(deployFolder), await withComponents(...components)]) {
      const [probe, report] = podSpecOf(objectOf(objects, "DaemonSet", "nodekeeper-agent")).containers;
      const [collector] = podSpecOf(objectOf(objects, "StatefulSet", "nodekeeper-collector")).containers;
      const args = (container: Container | undefined): readonly string[] =>
        (container?.args ?? []).map((text) => text.replace("$(NODE_ADDRESS)", "192.0.2.1"));

      expect(args(probe)[0]).toBe("probe");
      expect(args(report)[0]).toBe("report");
      expect(readAgentConfig("probe", { args: args(probe).slice(1), env: {} })).toMatchObject({ hostRoot: "/host" });
      expect(readAgentConfig("report", { args: args(report).slice(1), env: {} })).toMatchObject({
        access: { tokenFile: "/var/run/secrets/nodekeeper/token", caFile: "/etc/nodekeeper/ca/ca.crt" },
      });
      expect(readCollectorConfig({ args: args(collector), env: {} })).toMatchObject({
        listen: undefined,
        grpcListen: undefined,
        vaultSecret: { namespace: "nodekeeper", name: "nodekeeper-vault" },
      });
    }
  });

  it("lets agents on nodes with an NVIDIA GPU see the node's processes, and no others", async () => {
    const objects = await withComponents("daemonset/nvidia");

    const [plain, nvidia] = ["nodekeeper-agent", "nodekeeper-agent-nvidia"].map((name) =>
      podSpecOf(objectOf(objects, "DaemonSet", name)),
    );

    expect([plain?.hostPID, nvidia?.hostPID]).toEqual([false, true]);
    expect(JSON.stringify(plain?.["affinity"])).toContain('{"key":"nodekeeper.io/nvidia","operator":"NotIn","values":["true"]}');
    expect(JSON.stringify(nvidia?.["affinity"])).toContain('{"key":"nodekeeper.io/nvidia","operator":"In","values":["true"]}');
    expect({ ...plain, hostPID: undefined, affinity: undefined }).toEqual({ ...nvidia, hostPID: undefined, affinity: undefined });
  });
});

describe.skipIf(missing !== undefined)(
  `feature 87: least privilege: capabilities, read-only root filesystem, seccomp, no shell${whyNot}`,
  { timeout: 90_000 },
  () => {
    it("holds every container but the probe to the profile that Kubernetes calls restricted", async () => {
      for (const { pod, container } of await allContainers()) {
        if (container.name === "probe") continue;
        const security = { ...pod.securityContext, ...container.securityContext };
        expect(security, container.name).toMatchObject({
          ...{ privileged: false, runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
          ...{ runAsUser: 65532, runAsGroup: 65532, capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
        });
        expect(
          container.volumeMounts.map(({ name }) => pod.volumes.find((volume) => volume.name === name)?.["hostPath"]),
        ).toEqual(container.volumeMounts.map(() => undefined));
      }
    });

    it("gives no pod the node's network or IPC, and none but NVIDIA's its processes", async () => {
      for (const pod of await allPods()) {
        expect([pod.hostNetwork ?? false, pod.hostIPC ?? false, pod.hostPID ?? false]).toEqual([false, false, false]);
      }
    });

    it("lets the probe write nothing of the node but its spool and devices", async () => {
      const probe = (await allContainers()).find(({ container }) => container.name === "probe");

      const writable = probe?.container.volumeMounts.filter((mount) => mount.readOnly !== true).map((mount) => mount.mountPath);

      expect(probe?.container.securityContext.readOnlyRootFilesystem).toBe(true);
      expect(writable).toEqual(["/dev", "/var/lib/nodekeeper/agent", "/run/nodekeeper"]);
    });
  },
);

describe.skipIf(missing !== undefined)(
  `feature 90: the agent holds no Kubernetes write right${whyNot}`,
  { timeout: 90_000 },
  () => {
    it("has no binding that names its account, and no token for the API", async () => {
      const objects = await withComponents(...kustomizations("Component"));
      const bindings = objects.filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding");
      const pod = podSpecOf(objectOf(objects, "DaemonSet", "nodekeeper-agent"));

      expect(bindings.length).toBeGreaterThan(0);
      expect(JSON.stringify(bindings.map((binding) => binding["subjects"]))).not.toMatch(
        /nodekeeper-agent"|system:serviceaccounts/,
      );
      expect(objectOf(objects, "ServiceAccount", "nodekeeper-agent")["automountServiceAccountToken"]).toBe(false);
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.volumes.find(({ name }) => name === "token")?.["projected"]).toMatchObject({
        sources: [{ serviceAccountToken: { audience: "nodekeeper", expirationSeconds: 3600 } }],
      });
      const probe = pod.containers.find(({ name }) => name === "probe");
      expect(probe?.volumeMounts.map(({ name }) => name)).not.toContain("token");
    });

    it("gives the collector the rights that its client is tested with, and no others", async () => {
      const names = {
        ...{ vaultSecret: "nodekeeper-vault", caConfigMap: "nodekeeper-ca", decisions: "nodekeeper-decisions" },
        ...{ lease: "nodekeeper-collector", namespace: "nodekeeper" },
      };
      const allowed = [...clusterRights, ...eventRights, ...objectRights(names)];

      expect(rulesOf(await manifests(deployFolder))).toEqual(textsOf(allowed));
      expect(rulesOf(await withComponents("collector/longhorn"))).toEqual(
        textsOf([...allowed, ...longhornRights, storageClassRights]),
      );
    });
  },
);

describe.skipIf(missing !== undefined)(`the fence around the collector${whyNot}`, { timeout: 90_000 }, () => {
  it("lets through what the built-in policy has written, from the account that the collector has", async () => {
    const objects = await manifests(deployFolder);
    const fence = objectOf(objects, "ValidatingAdmissionPolicy", "nodekeeper-node-fence");
    const { matchConditions, variables } = fence["spec"] as FenceSpec; // admissionregistration.k8s.io/v1
    const listIn = (name: string): unknown =>
      JSON.parse(variables.find((each) => each.name === name)?.expression.replaceAll("'", '"') ?? "");
    const longhornFence = objectOf(
      await withComponents("collector/longhorn"),
      "ValidatingAdmissionPolicy",
      "nodekeeper-longhorn-fence",
    )["spec"] as FenceSpec;
    const { serviceAccountName } = podSpecOf(objectOf(objects, "StatefulSet", "nodekeeper-collector"));

    expect(variables[0]?.name).toBe("domains"); // by this place a kustomization changes it
    expect(listIn("domains")).toEqual([builtInPolicy.domain]);
    expect(listIn("conditions")).toEqual(builtInPolicy.conditions);
    expect(matchConditions).toMatchObject([
      { expression: `request.userInfo.username == 'system:serviceaccount:nodekeeper:${serviceAccountName}'` },
    ]);
    expect(longhornFence).toMatchObject({ matchConditions });
    expect(longhornFence.variables[0]).toEqual(variables[0]);
    expect(objectOf(objects, "ValidatingAdmissionPolicyBinding", "nodekeeper-node-fence")["spec"]).toEqual({
      policyName: fence.metadata.name,
      validationActions: ["Deny"],
    });
  });
});

const missingCluster = missing ?? (await missingForKubernetes());
const whyNoCluster = missingCluster === undefined ? "" : ` (skipped: ${missingCluster})`;

describe.skipIf(missingCluster !== undefined)(`a real API server and deploy/${whyNoCluster}`, { timeout: 90_000 }, () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster(await kubernetesPrograms());
    const objects = await withComponents("daemonset/nvidia", "collector/outside", "collector/longhorn");
    await cluster.admin.create("/api/v1/namespaces", { metadata: { name: "longhorn-system" } });
    const isFirst = ({ kind }: KubernetesObject): boolean => kind === "Namespace";
    await cluster.admin.apply(...objects.filter(isFirst), ...objects.filter((object) => !isFirst(object)));
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it("knows every field, and none is missing", async () => {
    const examples = objectsOf(readFileSync(join(deployFolder, "collector/longhorn/backups.example.yaml"), "utf8"));
    const objects = await withComponents("daemonset/nvidia", "collector/outside", "collector/longhorn");
    await cluster.admin.create("/api/v1/namespaces", { metadata: { name: "backups" } });
    await cluster.admin.apply(...examples);
    for (const object of [...objects, ...examples]) {
      const answer = await cluster.admin.ask(
        "PATCH",
        `${await cluster.admin.pathOf(object)}?fieldManager=strict&force=true&dryRun=All&fieldValidation=Strict`,
        object,
        "application/apply-patch+yaml",
      );

      expect(`${nameOf(object)}: ${answer.status} ${answer.status === 200 ? "" : JSON.stringify(answer.body)}`).toBe(
        `${nameOf(object)}: 200 `,
      );
    }
  });

  it("admits the pods where they belong, and the privileged one nowhere else", async () => {
    const objects = await manifests(deployFolder);
    const agent = podSpecOf(objectOf(objects, "DaemonSet", "nodekeeper-agent"));
    const collector = podSpecOf(objectOf(objects, "StatefulSet", "nodekeeper-collector"));

    expect(await podAnswer(cluster, "nodekeeper-agents", agent)).toMatchObject({ status: 201 });
    expect(await podAnswer(cluster, "nodekeeper", collector)).toMatchObject({ status: 201 });
    expect(await podAnswer(cluster, "nodekeeper", { ...agent, serviceAccountName: "nodekeeper-collector" })).toMatchObject({
      status: 403,
      body: { message: expect.stringMatching(/violates PodSecurity "restricted.*privileged/) },
    });
  });

  it("grants the agent's account nothing but what everybody has", async () => {
    const account = { namespace: "nodekeeper-agents", name: "nodekeeper-agent" };
    const api = cluster.admin.as(await requestAccountToken(cluster.admin, account));
    const rulesIn = async (namespace: string): Promise<readonly { readonly verbs: readonly string[] }[]> => {
      const { status } = await api.create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace } });
      return (status as { readonly resourceRules: readonly { readonly verbs: readonly string[] }[] }).resourceRules; // SelfSubjectRulesReview
    };

    const everybody = new Set(["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"]);
    for (const namespace of ["nodekeeper-agents", "nodekeeper", "kube-system", "default"]) {
      const more = (await rulesIn(namespace)).filter(
        (rule) => !("resources" in rule && (rule.resources as string[]).every((name) => everybody.has(name))),
      );
      expect(more).toEqual([]);
    }
    api.close();
  });
});

interface FenceSpec {
  readonly matchConditions: readonly { readonly expression: string }[];
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
}

async function allPods(): Promise<readonly PodSpec[]> {
  const objects = await manifests(deployFolder);
  return objects.filter(({ kind }) => kind === "DaemonSet" || kind === "StatefulSet" || kind === "Deployment").map(podSpecOf);
}

async function allContainers(): Promise<readonly { readonly pod: PodSpec; readonly container: Container }[]> {
  const found = (await allPods()).flatMap((pod) => pod.containers.map((container) => ({ pod, container })));
  expect(found.map(({ container }) => container.name).sort()).toEqual(["collector", "probe", "report"]);
  return found;
}

/** What the API server says to a pod of a template, with volumes for the claims that a StatefulSet would make. */
async function podAnswer(
  cluster: Cluster,
  namespace: string,
  spec: PodSpec,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const known = new Set(spec.volumes.map(({ name }) => name));
  const mounted = spec.containers.flatMap((container) => container.volumeMounts.map(({ name }) => name));
  const claims = mounted.filter((name) => !known.has(name)).map((name) => ({ name, emptyDir: {} }));
  const { priorityClassName: _, ...rest } = spec; // its number would come from a controller's cache
  return await cluster.admin.ask("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
    metadata: { name: "as-deployed" },
    spec: { ...rest, volumes: [...spec.volumes, ...claims] },
  });
}

/** All rules of RBAC among them, as texts in order. */
function rulesOf(objects: readonly KubernetesObject[]): readonly string[] {
  const roles = objects.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
  return textsOf(roles.flatMap((role) => role["rules"] as readonly object[])); // rbac.authorization.k8s.io/v1
}

function textsOf(rules: readonly object[]): readonly string[] {
  return rules.map((rule) => JSON.stringify(sorted(rule))).sort();
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function sorted(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
