/** Machines on their way, and what would break, as a test of the page wants them. */
import { AppError, createListeners } from "@nodekeeper/shared";
import type { Blast, Decommission, Explanation, Onboarding, OnboardingStep, OnboardingStepName } from "@nodekeeper/shared/api";
import { anExplanation } from "../../collector/src/api/test-support/reconcile-bodies.ts";
import type { BlastRadius } from "../../collector/src/blast/blast-radius.ts";
import type { Onboardings } from "../../collector/src/onboarding/onboarding.ts";

const names: readonly OnboardingStepName[] = [
  ...(["seen", "connected", "identity", "inventory", "preflight", "labelled", "disks-tagged", "routed", "ready"] as const),
];

/** Some machines. */
export class MadeUpOnboardings implements Onboardings {
  readonly asked: string[] = [];
  readonly #machines = new Map<string, Onboarding>();
  readonly #listeners = createListeners<readonly Onboarding[]>();

  /** It is so now, and whoever listens is told. */
  set(...machines: readonly Onboarding[]): void {
    for (const machine of machines) this.#machines.set(machine.node, machine);
    this.#listeners.tell(machines);
  }

  all(): readonly Onboarding[] {
    return [...this.#machines.values()];
  }

  of(node: string): Onboarding | undefined {
    return this.#machines.get(node);
  }

  isReady(node: string): boolean {
    return this.#machines.get(node)?.state === "ready";
  }

  async retry(node: string): Promise<Onboarding> {
    this.asked.push(`retry ${node}`);
    return this.#must(node);
  }

  async skip(node: string, { step, reason, by }: Parameters<Onboardings["skip"]>[1]): Promise<Onboarding> {
    const machine = this.#must(node);
    this.asked.push(`skip ${step} of ${node} by ${by}: ${reason}`);
    const steps = machine.steps.map((each) =>
      each.name === step ? { ...each, state: "skipped" as const, blockers: [], skippedBy: by } : each,
    );
    this.set({ ...machine, state: "onboarding", steps });
    return this.#must(node);
  }

  subscribe(listener: Parameters<Onboardings["subscribe"]>[0]): Disposable {
    return this.#listeners.add((changed) => listener(changed, []));
  }

  #must(node: string): Onboarding {
    const machine = this.#machines.get(node);
    if (machine === undefined) throw new AppError("NOT_FOUND", `no machine is called "${node}"`);
    return machine;
  }
}

/** A machine that came so far a while ago: steps before `front` are passed, those after it wait. */
export function aMachine(
  node: string,
  front: OnboardingStepName,
  step: Partial<OnboardingStep> = {},
  state: Onboarding["state"] = "onboarding",
): Onboarding {
  const startedAtMs = Date.now() - 95_000;
  const at = (index: number) => new Date(startedAtMs + index * 4_000).toISOString();
  const place = names.indexOf(front);
  const steps = names.map((name, index): OnboardingStep => {
    const waiting = {
      name,
      state: "waiting" as const,
      text: `it waits for ${name}`,
      evidence: [],
      blockers: [],
      since: at(place),
    };
    if (index < place || state === "ready") {
      const passed = { text: `${name}: its agent said so`, evidence: [{ name: "by", value: "a fact" }] };
      return { ...waiting, ...passed, state: "passed", since: at(index), passedAt: at(index), durationMs: 4_000 };
    }
    return index === place ? { ...waiting, ...step } : waiting;
  });
  const done = state === "ready" ? { readyAt: at(names.length) } : {};
  return { node, machineId: `machine-${node}`, state, startedAt: at(0), steps, ...done };
}

/** One that lacks iscsid. */
export function aBlockedMachine(node: string): Onboarding {
  const blockers = [
    {
      ...{ code: "no-iscsid", text: "Longhorn cannot attach volumes: the service `iscsid` does not run.", on: node },
      command: "sudo apt-get install -y open-iscsi && sudo systemctl enable --now iscsid",
    },
  ];
  return aMachine(node, "preflight", { state: "blocked", text: "1 thing is in the way", blockers }, "blocked");
}

/** What is said of two disks of Longhorn on a node: one that fails and is closed, one that is as it was found. */
export const storageExplanations: readonly Explanation[] = [
  aboutDisk("disks/default-disk-9b69/allowScheduling", {
    ...{
      live: "false",
      value: "false",
      why: "Samsung SSD 980 PRO 1TB (/dev/nvme0): it reports a critical warning: reliability degraded",
    },
    facts: [
      fact("longhorn.disks.default-disk-9b69.path", "/var/lib/longhorn"),
      fact("findings.nvme-critical-warning", "critical warning"),
    ],
  }),
  aboutDisk("disks/default-disk-9b69/tags/nvme", { live: "true", value: "true", why: "the expression is true" }),
  aboutDisk("disks/default-disk-9b69/tags/hand-made", {
    live: "true",
    owner: "foreign",
    wanted: "hold",
    why: "it is somebody else's",
  }),
  aboutDisk("disks/data/allowScheduling", {
    ...{ live: "true", owner: "foreign", wanted: "absent", why: "no fault of it is known: it is as it was found" },
    facts: [fact("longhorn.disks.data.path", "/mnt/data/")],
  }),
  aboutDisk("disks/data/tags/ssd", {
    ...{
      value: "true",
      why: "the expression is true",
      waiting: { for: "approval", text: "the first plan was not approved yet" },
    },
  }),
  aboutDisk("tags/core", { live: "true", value: "true", why: "the expression is true" }),
];

/** What would break, and what to do. */
export const madeUpBlast: BlastRadius = {
  async of({ node, disk }): Promise<Blast> {
    const at = new Date().toISOString();
    const target = {
      kind: disk === undefined ? ("node" as const) : ("disk" as const),
      node,
      shown: disk === undefined ? node : `${disk} of ${node}`,
    };
    if (disk !== undefined) {
      return {
        target: { ...target, disk },
        at,
        items: [],
        counts: { lost: 0, outage: 0, degraded: 0, moves: 0 },
        unknown: [],
        next: [],
      };
    }
    const item = (init: Pick<Blast["items"][number], "kind" | "severity" | "name" | "text">) => ({ ...init, detail: [] });
    return {
      ...{
        target,
        at,
        counts: { lost: 1, outage: 0, degraded: 1, moves: 1 },
        unknown: ["routes of Ollama: no gateway is known"],
      },
      items: [
        {
          ...item({
            kind: "volume-lost",
            severity: "lost",
            name: "media/jellyfin-config",
            text: "its last healthy replica is there",
          }),
          detail: [{ name: "Replicas", value: "1 of 3 healthy" }],
        },
        item({ kind: "volume-degraded", severity: "degraded", name: "home/paperless", text: "it goes on with 2 of 3 replicas" }),
        item({ kind: "workload-moves", severity: "moves", name: "home/paperless-0", text: "it comes back on another node" }),
      ],
      next: [
        {
          ...{ text: "Give the volume a second replica, and wait until it is healthy.", on: "a machine with kubectl" },
          command: `kubectl -n longhorn-system patch volumes.longhorn.io pvc-1 --type merge -p '{"spec":{"numberOfReplicas":2}}'`,
        },
      ],
    };
  },
  async decommission(node): Promise<Decommission> {
    const on = "a machine with kubectl";
    return {
      ...{ node, at: new Date().toISOString(), isSafe: false, unknown: [] },
      steps: [
        { name: "cordoned", state: "done", text: "nothing new comes to it", command: "", on: "" },
        { name: "replicas-elsewhere", state: "next", text: "3 replicas are on it", command: `kubectl drain ${node}`, on },
        { name: "node-deleted", state: "later", text: "its Node goes last", command: `kubectl delete node ${node}`, on },
      ],
    };
  },
};

function aboutDisk(item: string, init: Partial<Explanation>): Explanation {
  const {
    live: _,
    value: __,
    ...common
  } = anExplanation({ reconciler: "longhorn-disks", noun: "Longhorn setting", item, facts: [] });
  return { ...common, ...init };
}

function fact(path: string, value: string): Explanation["facts"][number] {
  return { path, value, probe: "disks", observedAt: new Date().toISOString(), freshness: "fresh" };
}
