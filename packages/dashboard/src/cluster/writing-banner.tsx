/** What keeps nodekeeper from writing on the cluster, and who must do something about it. */
import type { ReconcileOverview, Waiting } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { Prose } from "../prose.tsx";
import { pages } from "../route.ts";

/** A list; nothing while everything is written as it should be, or where there is no cluster. */
export function WritingBanner(props: {
  readonly overview: ReconcileOverview | undefined;
  /** Where the page says itself that a plan waits. */
  readonly isApprovalShown?: boolean;
}): JSX.Element | null {
  const notices = noticesOf(props.overview).filter(({ isApproval = false }) => !isApproval || props.isApprovalShown !== true);
  if (notices.length === 0) return null;
  return (
    <section aria-label="Writing on the cluster">
      <ul class="findings">
        {notices.map(({ text, advice, isLoud }) => (
          <li key={text} class={`finding ${isLoud ? "medium" : ""}`}>
            <div class="finding-text">
              <Prose text={text} />
            </div>
            {advice !== undefined && (
              <div class="finding-action">
                <a href={pages.plan}>{advice}</a>
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Notice {
  readonly text: string;
  /** Leads to the plan. */
  readonly advice?: string;
  readonly isLoud: boolean;
  readonly isApproval?: boolean;
}

function noticesOf(overview: ReconcileOverview | undefined): readonly Notice[] {
  if (overview === undefined || !overview.isConfigured) return [];
  const { isWriting, notWritingBecause = "it may not now", policy, cluster, reconcilers } = overview;
  const waitingFor = (what: Waiting["for"]): number => reconcilers.reduce((sum, one) => sum + (one.waitingFor[what] ?? 0), 0);
  const first = waitingFor("approval");
  const later = waitingFor("mode");
  const failing = reconcilers.reduce((sum, one) => sum + one.failing, 0);
  const advice = "Look at the plan";
  return [
    ...(first === 0
      ? []
      : [
          {
            text: `A first plan waits for approval: ${counted(first, "step")}. Nothing is written before.`,
            advice,
            isLoud: true,
            isApproval: true,
          },
        ]),
    ...(isWriting || first > 0 ? [] : [{ text: `Nothing is written on the cluster: ${notWritingBecause}`, isLoud: false }]),
    ...(later === 0
      ? []
      : [
          {
            text: `${counted(later, "step")} on the cluster ${later === 1 ? "waits" : "wait"} for an approval.`,
            advice,
            isLoud: false,
            isApproval: true,
          },
        ]),
    ...(policy.problems.length === 0 ? [] : [{ text: problemsText(policy.problems), isLoud: true }]),
    ...(cluster.problem === undefined ? [] : [{ text: sentence(cluster.problem), isLoud: true }]),
    ...(failing === 0
      ? []
      : [{ text: `${counted(failing, "object")} of the cluster could not be written`, advice: "See why", isLoud: true }]),
  ];
}

/** The first; the command line has all. */
function problemsText(problems: readonly string[]): string {
  const [first = ""] = problems;
  const rest = problems.length - 1;
  const more = rest === 0 ? "" : ` (and ${rest} more: \`nodekeeper reconcile\`)`;
  return `The policy's file is not in force, the one before it is: ${first}${more}`;
}

function sentence(clause: string): string {
  return `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}`;
}
