/** Whose turn it is: the button by which an admin approves exactly the plan that is shown, in two steps. */
import type { ApprovedPlan, Plan } from "@nodekeeper/shared/api";
import { approvable, counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Prose } from "../prose.tsx";
import { type Answer, change, type Result as Outcome, resultOf } from "./ask.ts";

/** What somebody did here. */
type Deed =
  | { readonly kind: "none" }
  /** Asked whether it is meant. */
  | { readonly kind: "armed"; readonly hash: string }
  | { readonly kind: "sent" }
  | ({ readonly kind: "done" } & Outcome);

/** A box; nothing where nothing waits for anybody and nothing was just done. */
export function Approval(props: {
  readonly plan: Plan;
  readonly isAdmin: boolean;
  readonly onApproved: () => void;
}): JSX.Element | null {
  const { plan, isAdmin, onApproved } = props;
  const [deed, setDeed] = useState<Deed>({ kind: "none" });
  const count = approvable(plan).length;
  const isWanted = count > 0 || (!plan.isApproved && plan.hash !== "");
  const approve = (hash: string): void => {
    setDeed({ kind: "sent" });
    void change<ApprovedPlan>("api/v1/plan/approve", { hash }).then((answer) => {
      setDeed({ kind: "done", ...resultOf(answer, saidOf(answer)) });
      onApproved();
    });
  };
  if (!isWanted) return deed.kind === "done" ? <Result text={deed.text} isBad={deed.isBad} /> : null;
  return (
    <section class="approval card">
      <p>{invitation(plan, count)}</p>
      {!isAdmin && (
        <p class="quiet">
          An admin approves it here, or with <code>nodekeeper apply {plan.hash}</code>
        </p>
      )}
      {deed.kind === "done" && <Result text={deed.text} isBad={deed.isBad} />}
      {deed.kind === "armed" && deed.hash !== plan.hash && <Result text="The plan is another by now: look at it again." isBad />}
      {isAdmin && deed.kind === "armed" && deed.hash === plan.hash && (
        <div class="choices">
          <span>
            {count === 0
              ? "Let the policy write on the cluster from now on?"
              : `Write ${count === 1 ? "it" : `these ${counted(count, "step")}`} on the cluster now?`}
          </span>
          <button type="button" aria-pressed="true" onClick={() => approve(plan.hash)}>
            Yes
          </button>
          <button type="button" onClick={() => setDeed({ kind: "none" })}>
            Not yet
          </button>
        </div>
      )}
      {isAdmin && (deed.kind !== "armed" || deed.hash !== plan.hash) && (
        <button
          type="button"
          class="more primary"
          disabled={deed.kind === "sent"}
          onClick={() => setDeed({ kind: "armed", hash: plan.hash })}
        >
          Approve {count === 0 ? "the plan" : `the ${counted(count, "step")}`}
        </button>
      )}
    </section>
  );
}

function Result(props: { readonly text: string; readonly isBad: boolean }): JSX.Element {
  return (
    <p class={props.isBad ? "bad" : "good"} role="status">
      <Prose text={props.text} />
    </p>
  );
}

function saidOf(answer: Answer<ApprovedPlan>): string {
  return answer.kind === "ok" ? `Approved: ${counted(answer.body.operations, "step")} will be done.` : "";
}

function invitation({ isApproved }: Plan, count: number): string {
  if (!isApproved) {
    return "Nothing is written on the cluster before somebody approved a first plan. After that the policy's modes hold, and new nodes follow by themselves.";
  }
  const isOne = count === 1;
  return `${counted(count, "step")} ${isOne ? "is" : "are"} of a class that the policy only plans. An approval lets exactly ${isOne ? "this" : "these"} go, once.`;
}
