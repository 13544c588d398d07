/** A whole collector in the house that labels the node badger by a small policy, badger's agent, and people who reach the collector by its admin socket. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { type Observation, Outcome } from "@nodekeeper/proto";
import { type ApiClient, createApiClient, type Explanation, type ReconcileStatus } from "@nodekeeper/shared/api";
import { factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { createTransport } from "../../packages/cli/src/connection/transport.ts";
import { collectorServerName } from "../../packages/shared/src/index.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { until } from "../ollama/until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { requestAccountToken } from "./cluster-objects.ts";
import { type House, names } from "./house.ts";

/** A collector and whoever decides there. */
export interface Peopled {
  readonly collector: CollectorUnderTest;
  readonly people: ApiClient;
}

/** The scene. */
export interface LabelledBadger extends AsyncDisposable {
  /** The collector that badger's agent speaks to; another one after `restart`. */
  readonly collector: CollectorUnderTest;
  readonly people: ApiClient;
  /** Another collector of the same cluster. */
  startAnother(): Promise<Peopled>;
  /** The collector ends in order, and the agent with it. */
  stop(): Promise<void>;
  /** A new one begins; the agent speaks to it with the next report. */
  restart(): Promise<void>;
  /** The agent looked for GPUs. */
  report(hasGpu: boolean): Promise<void>;
  labels(): Promise<Readonly<Record<string, string>>>;
  /** Resolves when the label `gpu` is so. */
  untilLabelled(value: string | undefined): Promise<void>;
  /** Of one item of badger. */
  explained(item: string): Promise<Explanation>;
  status(): Promise<ReconcileStatus>;
}

/** Where badger lies. */
export const badgerPath = "/api/v1/nodes/badger";
/** Of what we write; the fence lets no other through. */
export const domain = "nodekeeper.axiomlayer.com";
/** The label that the policy makes of GPUs. */
export const gpu: string = `${domain}/gpu`;
/** Its value. */
export const product = "rtx-3050-ti";

const objects = `/api/v1/namespaces/${names.namespace}`;
const never = new AbortController().signal;
const policy = `version: 1
modes: { restrict: plan }
dwell: { change: 1s, remove: 1s }
labels:
  gpu: 'gpus.size() > 0 ? gpus[0].product : null'
  disk: 'system_disk.type'
conditions: [GPUHealthy]
`;

/** Starts it in a house. */
export async function labelledBadger({ cluster, ...house }: House): Promise<LabelledBadger> {
  const { admin } = cluster;
  await admin.create(`${objects}/secrets`, { metadata: { name: names.vaultSecret.name } });
  await admin.create(`${objects}/configmaps`, { metadata: { name: names.caConfigMap.name } });
  const folder = await temporaryFolder();
  const kubeconfig = await cluster.kubeconfig(await requestAccountToken(admin, names.collector, { lifetimeSeconds: 3600 }));
  await writeFile(join(folder.path, "policy.yaml"), policy);
  let collectorCount = 0;
  let sequence = 0;
  let agent: FakeAgent | undefined;
  let { collector, people } = await start();

  async function start(): Promise<Peopled> {
    const socket = join(folder.path, `${collectorCount++}.sock`);
    const started = await aCollector({
      args: [
        ...["--kubernetes=on", `--kubeconfig=${kubeconfig}`, "--public-grpc-listen=127.0.0.1:0", "--public-name=collector.home"],
        ...["--vault-secret=nodekeeper/nodekeeper-vault", "--ca-config-map=nodekeeper/nodekeeper-ca"],
        ...[`--policy=${join(folder.path, "policy.yaml")}`, `--admin-socket=${socket}`],
      ],
    });
    return { collector: started, people: createApiClient(createTransport({ kind: "socket", path: socket }, 10_000)) };
  }

  /** As a pod of badger, which trusts what it has mounted. */
  async function connect(): Promise<FakeAgent> {
    const { publicGrpcAddress: address } = collector;
    if (address === undefined) throw new Error("it was told to listen");
    const mounted = await until(
      async () => Object((await admin.get(`${objects}/configmaps/${names.caConfigMap.name}`))["data"])["ca.crt"],
    );
    const token = await house.agentToken(await house.agentPod(`agent-${sequence}`, "badger"));
    const channel = { "grpc.ssl_target_name_override": collectorServerName };
    const connected = connectAgent(address, channel, credentials.createSsl(Buffer.from(mounted)), token);
    connected.hello({ nodeName: "badger" });
    await connected.next("helloAck");
    return connected;
  }

  async function stop(): Promise<void> {
    await agent?.[Symbol.asyncDispose]();
    agent = undefined;
    await collector[Symbol.asyncDispose]();
  }

  async function labels(): Promise<Readonly<Record<string, string>>> {
    return (await admin.get(badgerPath)).metadata.labels ?? {};
  }

  return {
    get collector() {
      return collector;
    },
    get people() {
      return people;
    },
    startAnother: start,
    stop,
    async restart() {
      ({ collector, people } = await start());
    },
    async report(hasGpu) {
      agent ??= await connect();
      sequence += 1;
      agent.report([gpuReport(hasGpu, sequence)]);
      await agent.next("ack");
    },
    labels,
    async untilLabelled(value) {
      await until(async () => (await labels())[gpu] === value);
    },
    async explained(item) {
      const [explanation] = (await people.explain("badger", item, never)).explanations;
      if (explanation === undefined) throw new Error("what there is can be explained");
      return explanation;
    },
    async status() {
      const overview = await people.reconcile(never);
      if (!overview.isConfigured) throw new Error(overview.notWritingBecause);
      return overview;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function gpuReport(hasGpu: boolean, sequence: number): Observation {
  const value = { vendor: "nvidia", driver: "nvidia", productName: "NVIDIA GeForce RTX 3050 Ti Laptop GPU", isIntegrated: false };
  const subjects = [
    { kind: "gpu", id: "0000:01:00.0", outcome: Outcome.OK, value: { case: "gpu", value } } as const,
    { kind: "gpu_status", id: "0000:01:00.0", outcome: Outcome.OK, value: { case: "gpuStatus", value: {} } } as const,
  ];
  const lists = [list("gpu", true), list("gpu_status", true)];
  const hash = factsHash(hasGpu ? "with a gpu" : "without");
  return observation({ subjects: hasGpu ? subjects : [], lists }, { probe: "gpu", sequence, factsHash: hash });
}
