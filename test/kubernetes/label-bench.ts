/** Node labels against a real API server without a controller: what is decided is given, and each step is done at once. People are the administrator. */

import type { Policy, PolicySource } from "../../collector/src/policy/policy.ts";
import { unsetSections } from "../../collector/src/policy/unset-sections.ts";
import type { LabelledNode } from "../../collector/src/reconcile/labels/see-labels.ts";
import { createNodeLabels } from "../../collector/src/reconcile/node-labels.ts";
import type { Decision, Operation, Reconciler, Wanted, Why } from "../../collector/src/reconcile/reconciler.ts";
import { AppError, systemClock } from "../../packages/shared/src/index.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import { createNode } from "./cluster-objects.ts";
import type { House } from "./house.ts";

/** The domain that the fence of the house lets through. */
export const domain = "nodekeeper.axiomlayer.com";

/** The domain after a change; a test that writes it widens the fence. */
export const laterDomain = "later.axiomlayer.com";

/** Labels without their domain: a value, null (not to be there), or undefined (cannot be told). */
export type Wishes = Readonly<Record<string, string | null | undefined>>;

/** What a test does. */
export interface LabelBench {
  readonly reconciler: Reconciler<LabelledNode>;
  /** The domain from now on. */
  setDomain(domain: string): void;
  node(name: string): Promise<KubernetesObject>;
  /** Makes one anew, as its kubelet registers it, with these labels and annotations besides. */
  register(name: string, labels?: Labels, annotations?: Labels): Promise<KubernetesObject>;
  observe(name: string): Promise<LabelledNode>;
  plan(name: string, wishes: Wishes): Promise<readonly Operation[]>;
  /** Observes, plans and applies; what was done. A conflict is looked at again, as the controller does; what was done leaves nothing to do. */
  settle(name: string, wishes: Wishes): Promise<readonly Operation[]>;
  /** Takes back what is ours; `keep` leaves the labels as they are. */
  prune(name: string, keep?: "keep"): Promise<readonly Operation[]>;
  /** What a person does, by kubectl label: null removes. */
  label(name: string, labels: Readonly<Record<string, string | null>>, manager?: string): Promise<void>;
  annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  /** Another controller that uses server-side apply. */
  applyAs(manager: string, name: string, labels: Labels): Promise<void>;
  /** As some tools do to make objects smaller. */
  wipeManagers(name: string): Promise<void>;
}

type Labels = Readonly<Record<string, string>>;

/** Makes it. */
export function labelBench({ cluster: { admin }, client }: House): LabelBench {
  let present = domain;
  const policies: Pick<PolicySource, "current"> = {
    get current(): Policy {
      return policyOf(present);
    },
  };
  const reconciler = createNodeLabels({ client, policy: policies, clock: systemClock });
  const never = new AbortController().signal;

  const patch = async (
    name: string,
    body: object,
    manager: string,
    contentType = "application/merge-patch+json",
  ): Promise<void> => {
    const { status, body: said } = await admin.ask("PATCH", `${pathOf(name)}?fieldManager=${manager}`, body, contentType);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(said)}`);
  };
  const observe = async (name: string): Promise<LabelledNode> => {
    const seen = await reconciler.observe(name, never);
    if (seen === undefined) throw new Error(`there is no Node ${name}`);
    return seen;
  };
  const doAll = async (name: string, planOf: (seen: LabelledNode) => readonly Operation[]): Promise<readonly Operation[]> => {
    let done: readonly Operation[] | undefined;
    for (let round = 0; round < maximumRounds; round++) {
      const seen = await observe(name);
      const operations = planOf(seen);
      if (operations.length === 0) return done ?? [];
      if (done !== undefined) throw new Error(`all was done, and there is more to do: ${JSON.stringify({ done, operations })}`);
      try {
        await reconciler.apply(name, operations, seen, never);
        done = operations;
      } catch (thrown) {
        if (!(thrown instanceof AppError) || thrown.code !== "CONFLICT") throw thrown;
      }
    }
    throw new Error(`somebody else was first ${maximumRounds} times`);
  };
  const planOf =
    (wishes: Wishes) =>
    (seen: LabelledNode): readonly Operation[] =>
      reconciler.plan(decisionOf(seen, wishes), seen);

  return {
    reconciler,
    setDomain(next) {
      present = next;
    },
    node: (name) => admin.get(pathOf(name)),
    async register(name, labels = {}, annotations) {
      await admin.delete(pathOf(name));
      const metadata = { name, labels: { "kubernetes.io/hostname": name, ...labels }, ...(annotations && { annotations }) };
      return await createNode(admin, name, { metadata });
    },
    observe,
    plan: async (name, wishes) => planOf(wishes)(await observe(name)),
    settle: (name, wishes) => doAll(name, planOf(wishes)),
    prune: (name, keep) =>
      doAll(name, (seen) => {
        const operations = reconciler.planPrune(seen);
        return keep === undefined ? operations : operations.map((each) => ({ ...each, kind: "restore", after: each.before }));
      }),
    label: (name, labels, manager = "kubectl-label") => patch(name, { metadata: { labels } }, manager),
    annotate: (name, annotations) => patch(name, { metadata: { annotations } }, "kubectl-annotate"),
    applyAs: (manager, name, labels) =>
      patch(
        name,
        { apiVersion: "v1", kind: "Node", metadata: { name, labels } },
        `${manager}&force=true`,
        "application/apply-patch+yaml",
      ),
    wipeManagers: (name) => patch(name, { metadata: { managedFields: [{}] } }, "slimmer"),
  };
}

/** A Node without what changes by itself, and without who wrote it. */
export function bare({ metadata, ...rest }: KubernetesObject): object {
  const { managedFields: _, resourceVersion: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

const maximumRounds = 12;
const why: Why = { text: "a test wants it so", place: "test", expression: "", facts: [] };

function pathOf(name: string): string {
  return `/api/v1/nodes/${name}`;
}

/** As decide gives it: what is ours and is not mentioned is not to be there. */
function decisionOf(seen: LabelledNode, wishes: Wishes): Decision {
  const own = [...seen.items].filter(([, { owner }]) => owner !== "foreign").map(([key]) => key);
  const unmentioned = [...own, ...seen.ledger.keys()].map((key): [string, Wanted] => [key, { kind: "absent", why }]);
  const mentioned = Object.entries(wishes).map(([key, value]): [string, Wanted] => [`${seen.domain}/${key}`, wanted(value)]);
  return { kind: "items", items: new Map([...unmentioned, ...mentioned]) };
}

function wanted(value: string | null | undefined): Wanted {
  if (value === undefined) return { kind: "hold", reason: "it is not known", why };
  return value === null ? { kind: "absent", why } : { kind: "value", value, why };
}

function policyOf(of: string): Policy {
  return {
    ...{ source: "test", hash: "0".repeat(64), domain: of, labels: [], taints: [], conditions: [] },
    modes: { describe: "enforce", restrict: "enforce", move: "off" },
    dwell: { changeMs: 0, removeMs: 0 },
    advice: { wildcardName: undefined },
    ...unsetSections,
  };
}
