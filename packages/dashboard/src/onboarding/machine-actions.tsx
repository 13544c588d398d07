/** What admins can do for a machine on its way: have it looked at again, or say that a step may stay undone. */
import type { Onboarding, OnboardingSkip } from "@nodekeeper/shared/api";
import { skippableSteps } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { change, type Result, resultOf } from "../cluster/ask.ts";

/** What somebody did here. */
type Deed =
  | { readonly kind: "none" }
  /** Asked whether it is meant, and why. */
  | { readonly kind: "armed"; readonly step: OnboardingSkip["step"] }
  | { readonly kind: "sent" }
  | ({ readonly kind: "done" } & Result);

/** Buttons, and what came of them. */
export function MachineActions(props: { readonly machine: Onboarding; readonly onChanged: () => void }): JSX.Element {
  const { machine, onChanged } = props;
  const [deed, setDeed] = useState<Deed>({ kind: "none" });
  const [reason, setReason] = useState("");
  const path = `api/v1/onboarding/${encodeURIComponent(machine.node)}`;
  const send = (what: "retry" | "skip", body: object, said: string): void => {
    setDeed({ kind: "sent" });
    void change<Onboarding>(`${path}/${what}`, body).then((answer) => {
      setDeed({ kind: "done", ...resultOf(answer, said) });
      onChanged();
    });
  };
  const skip = (step: OnboardingSkip["step"]): void => {
    const wanted: OnboardingSkip = { step, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) };
    setReason("");
    send("skip", wanted, `Skipped: ${step}.`);
  };
  if (deed.kind === "armed") {
    const { step } = deed;
    return (
      <form
        class="choices"
        onSubmit={(event) => {
          event.preventDefault();
          skip(step);
        }}
      >
        <label>
          May “{step}” stay undone on {machine.node}? Why{" "}
          <input type="text" maxLength={256} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button type="submit" aria-pressed="true">
          Skip it
        </button>
        <button type="button" onClick={() => setDeed({ kind: "none" })}>
          Not yet
        </button>
      </form>
    );
  }
  const isSent = deed.kind === "sent";
  return (
    <div class="choices">
      <span class={deed.kind === "done" && deed.isBad ? "bad" : "good"} role="status">
        {deed.kind === "done" ? deed.text : ""}
      </span>
      <button type="button" disabled={isSent} onClick={() => send("retry", {}, "Its agent looks again.")}>
        Look again
      </button>
      {skippableSteps(machine).map((step) => (
        <button key={step} type="button" disabled={isSent} onClick={() => setDeed({ kind: "armed", step })}>
          Skip {step} …
        </button>
      ))}
    </div>
  );
}
