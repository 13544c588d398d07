/** What would be written on the cluster, and for admins the approval. */
import type { Plan, ReconcileOverview } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { commonDomain, counted, heldGroups, namesText, shortKey } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useNowMs } from "../clock.ts";
import { Prose } from "../prose.tsx";
import { Approval } from "./approval.tsx";
import { Steps } from "./steps.tsx";
import { type Asked, useAsked } from "./use-asked.ts";
import { WritingBanner } from "./writing-banner.tsx";

/** The page. */
export function PlanPage(props: { readonly reconcile: Asked<ReconcileOverview>; readonly isAdmin: boolean }): JSX.Element {
  const { reconcile, isAdmin } = props;
  const plan = useAsked<Plan>(reconcile.body?.isConfigured === true ? "api/v1/plan" : undefined);
  const again = (): void => {
    plan.again();
    reconcile.again();
  };
  return (
    <>
      <section class="title">
        <a class="back" href="#/">
          ← all nodes
        </a>
        <h1>Plan</h1>
        <Standing overview={reconcile.body} />
      </section>
      <WritingBanner overview={reconcile.body} isApprovalShown />
      {plan.trouble !== "" && <p class="bad">{plan.trouble}</p>}
      {plan.body !== undefined && <Approval plan={plan.body} isAdmin={isAdmin} onApproved={again} />}
      {plan.body !== undefined && <Content plan={plan.body} />}
    </>
  );
}

function Content(props: { readonly plan: Plan }): JSX.Element {
  const { operations, held, isApproved } = props.plan;
  const domain = commonDomain([...operations, ...held].map(({ item }) => item));
  return (
    <>
      {operations.length === 0 ? (
        <p class="empty">{isApproved ? "Everything that can be told is as it should be." : "Nothing would be written."}</p>
      ) : (
        <Steps operations={operations} domain={domain} />
      )}
      {held.length > 0 && <Held held={held} domain={domain} />}
    </>
  );
}

function Standing(props: { readonly overview: ReconcileOverview | undefined }): JSX.Element | null {
  const { overview } = props;
  const now = useNowMs();
  if (overview === undefined) return <p class="quiet">Waiting for the collector …</p>;
  if (!overview.isConfigured) return <p>{overview.notWritingBecause}</p>;
  const { policy, approval, holder, cluster } = overview;
  const modes = Object.entries(policy.modes).map((pair) => pair.join(" "));
  const approved = approval === undefined ? [] : [`approved by ${approval.by} ${formatAgo(approval.at, now)}`];
  const parts = [`policy ${policy.source}`, ...modes, ...approved, counted(cluster.nodes, "node")];
  return (
    <p class="quiet">
      {parts.join(" · ")}
      {holder !== undefined && ` · written by ${holder}`}
    </p>
  );
}

function Held(props: { readonly held: Plan["held"]; readonly domain: string }): JSX.Element {
  const { held, domain } = props;
  return (
    <section>
      <h2>Cannot be told now, and stays as it is</h2>
      <ul class="unknowns">
        {heldGroups(held)
          .slice(0, 100)
          .map(({ items, reason, nodes }) => (
            <li key={`${items.join()} ${reason}`}>
              <strong>{namesText(nodes, 6)}</strong>
              {items.map((item) => `, ${shortKey(item, domain)}`)}: <Prose text={reason} />
            </li>
          ))}
      </ul>
    </section>
  );
}
