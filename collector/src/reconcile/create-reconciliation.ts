/** What people may ask of reconciliation, and what they may decide: put together from controller, guard, decisions, policy and audit. */
import { AppError, type Clock, createMutex, type Logger } from "@nodekeeper/shared";
import type { Plan } from "@nodekeeper/shared/api";
import type { PolicySource } from "../policy/policy.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Store } from "../store/store.ts";
import type { Controller } from "./controller/controller.ts";
import type { Decisions, DecisionsKeeper, Override } from "./decisions/decisions.ts";
import { foreignOverrides, overridable, overridesInForce } from "./decisions/in-force.ts";
import type { Services } from "./endpoints/service-objects.ts";
import { itemOf, itemText } from "./longhorn/longhorn-items.ts";
import type { WriteGuard } from "./may-write.ts";
import { explainOnRequest } from "./people/explain-on-request.ts";
import { inSlices } from "./people/in-slices.ts";
import { isMeant } from "./people/item-name.ts";
import { isSameItem, overrideOf, shownOverride } from "./people/override-of.ts";
import { isLetGo, planOf } from "./people/plan-of.ts";
import { pruneAll } from "./people/prune-all.ts";
import { revertOf } from "./people/revert-of.ts";
import { createShownPlans } from "./people/shown-plans.ts";
import { statusOf } from "./people/status-of.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Reconciliation } from "./reconciliation.ts";

/** What it is put together from. None of it is disposed with it. */
export interface ReconciliationParts {
  /** Those of the controller, in the order in which they are told of. */
  readonly reconcilers: readonly Pick<Reconciler, "name">[];
  readonly controller: Controller;
  readonly guard: WriteGuard;
  readonly decisions: DecisionsKeeper;
  readonly services: Pick<Services, "problems">;
  readonly policy: PolicySource;
  readonly cluster: Pick<ClusterView, "knowledge" | "node" | "nodes">;
  readonly state: Pick<StateHolder, "node">;
  readonly store: Pick<Store, "listAudit">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Disposing it ends a prune that is under way. */
export function createReconciliation(parts: ReconciliationParts): Reconciliation {
  const { controller, guard, decisions, policy, cluster, store, clock, logger } = parts;
  const shown = createShownPlans();
  const stopping = new AbortController();
  const { signal } = stopping;
  const oneByOne = createMutex();
  let isPruning = false;
  /** One for all who ask at the same time: it costs seconds where there are thousands of nodes. */
  let planning: Promise<Plan> | undefined;

  return {
    status: () => statusOf({ ...parts, decisions: decisions.current, nowMs: clock.wallMs() }),
    plan() {
      planning ??= plan().finally(() => {
        planning = undefined;
      });
      return planning;
    },
    planOf(node) {
      const pictures = parts.reconcilers.flatMap(({ name }) => controller.picture(name, node) ?? []);
      const { operations, held } = planOf(pictures, decisions.current?.approval !== undefined, policy.current.modes);
      return { operations, held };
    },
    async approve(hash, by) {
      const now = await plan();
      knownDecisions();
      refuseAtStandby("approve the plan there");
      if (isPruning) throw new AppError("CONFLICT", "everything is being taken back (prune): approve a plan when that is done");
      const approvable = approvableOf(now);
      if (approvable.length === 0)
        throw new AppError("CONFLICT", "nothing waits for an approval: `nodekeeper plan` shows what there is");
      if (hash.trim() !== now.hash) throw shown.changedSince(hash.trim(), approvable);
      const approval = { planHash: now.hash, by, atMs: clock.wallMs() };
      await decisions.change((current) => {
        // A few steps were looked at: that is no approval of all that follows.
        if (now.isApproved && current.approval === undefined)
          throw new AppError(
            "CONFLICT",
            "what was approved before was taken back meanwhile (prune): look at `nodekeeper plan` again",
          );
        return { ...current, approval: current.approval ?? approval };
      }, signal);
      const { modes } = policy.current;
      controller.grant(approvable.filter((operation) => modes[operation.class] === "plan"));
      logger.info({ hash: now.hash, by, steps: approvable.length }, "a plan was approved");
      return { hash: now.hash, operations: approvable.length };
    },
    explain: (node, item) => explainOnRequest({ ...parts, node, item, overrides: inForce() }),
    async override(request, by) {
      const made = overrideOf(request, { by, nowMs: clock.wallMs(), policy: policy.current });
      requireNode(made.key);
      requireDisk(made);
      await keep([made]);
      return shownOverride(made);
    },
    async endOverride({ node, item }, by) {
      const isIt = ({ key, item: own }: Override): boolean => key === node && isMeant(item, own, policy.current.domain);
      await decisions.change((current) => {
        const left = current.overrides.filter((override) => !isIt(override));
        if (left.length === current.overrides.length) throw new AppError("NOT_FOUND", `${item} of ${node} is not overridden`);
        return { ...current, overrides: left };
      }, signal);
      logger.info({ node, item, by }, "an override was ended");
    },
    async revert(action, { untilMs, by }) {
      refuseAtStandby("its audit counts otherwise, revert the action there");
      const [record] = await store.listAudit({ id: action, before: undefined, limit: 1 });
      const { domain } = policy.current;
      const overrides = inForce();
      const made = revertOf({ record, action, by, nowMs: clock.wallMs(), untilMs, domain, overrides });
      for (const { key } of made) requireNode(key);
      await keep(made);
      return made.map(shownOverride);
    },
    prune: ({ keepLabels, force = false }, by) =>
      oneByOne(async () => {
        if (cluster.knowledge.kind === "unknown")
          throw new AppError("CONFLICT", "the cluster's Nodes were not listed yet: what is ours is not known");
        const allowed = await guard.ask(signal);
        if (allowed.kind === "no") throw new AppError("CONFLICT", `nothing may be written now: ${allowed.text}`);
        isPruning = true;
        try {
          await decisions.change(() => ({ approval: undefined, overrides: [] }), signal);
          logger.info({ keepLabels, force, by }, "everything of ours is taken back");
          return await pruneAll({ controller, keepLabels, force, clock, signal });
        } finally {
          isPruning = false;
        }
      }),
    problems: () => [
      ...guard.problems(),
      ...decisions.problems(),
      ...foreignOverrides(decisions.current, policy.current.domain, clock.wallMs()),
      ...parts.services.problems(),
      ...controller.problems(),
    ],
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await oneByOne(async () => undefined);
    },
  };

  async function plan(): Promise<Plan> {
    const pictures = await inSlices(controller.pictures(), (picture) => picture, clock);
    const now = planOf(pictures, decisions.current?.approval !== undefined, policy.current.modes);
    shown.remember(now.hash, approvableOf(now));
    return now;
  }

  function approvableOf({ operations }: Plan): Plan["operations"] {
    return operations.filter((operation) => isLetGo(operation, policy.current.modes));
  }

  /** What was shown there is not what is known here. */
  function refuseAtStandby(advice: string): void {
    const { last } = guard;
    if (last.kind === "no" && last.because === "standby") throw new AppError("CONFLICT", `${last.text}: ${advice}`);
  }

  function knownDecisions(): Decisions {
    if (decisions.current !== undefined) return decisions.current;
    const [problem = "it was not read yet"] = decisions.problems();
    throw new AppError("NOT_READY", `what was decided before is not known: ${problem}`);
  }

  function inForce(): readonly Override[] {
    return overridesInForce(decisions.current, policy.current.domain, clock.wallMs());
  }

  /** Later ones take the place of earlier ones of the same items. */
  async function keep(made: readonly Override[]): Promise<void> {
    await decisions.change((current) => {
      const others = current.overrides.filter((override) => !made.some((each) => isSameItem(each, override)));
      return { ...current, overrides: [...others, ...made.map((each) => asChange(each, current))] };
    }, signal);
    for (const { key: node, item, value, by, reason, untilMs } of made)
      logger.info({ node, item, value, by, reason, untilMs }, "an item is kept as somebody wants it");
  }

  /** Whether it writes something: what an override before it wrote, it takes over. */
  function asChange(made: Override, { overrides }: Decisions): Override {
    const former = overrides.find((override) => isSameItem(override, made));
    const isFormers = former?.isChange === true && former.value === made.value;
    return { ...made, isChange: isFormers || liveValue(made) !== made.value };
  }

  function liveValue({ reconciler, key, item }: Override): string | undefined {
    if (reconciler === overridable) return cluster.node(key)?.labels[item];
    return controller.picture(reconciler, key)?.seen?.items.get(item)?.value;
  }

  /** Whoever mistypes the name of a disk would wait for nothing. */
  function requireDisk({ reconciler, key, item: text }: Override): void {
    const item = itemOf(text);
    if (reconciler === overridable || item?.kind !== "disk-tag") return;
    const isThere = itemText({ kind: "switch", disk: item.disk, field: "allowScheduling" });
    if (controller.picture(reconciler, key)?.seen?.items.has(isThere) !== true)
      throw new AppError(
        "NOT_FOUND",
        `Longhorn's node ${key} has no disk ${item.disk}: \`nodekeeper explain ${key}\` names those that it has`,
      );
  }

  function requireNode(name: string): void {
    if (cluster.knowledge.kind === "unknown")
      throw new AppError("CONFLICT", "the cluster's Nodes were not listed yet: whether there is one of this name is not known");
    if (cluster.node(name) === undefined) throw new AppError("NOT_FOUND", `the cluster has no Node ${name}`);
  }
}
