/** What can be decided about a finding or a node: buttons for admins, for others the command. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Result } from "../cluster/ask.ts";
import { Command } from "../command.tsx";
import type { Deciding } from "./deciding.ts";
import { DecisionForm } from "./decision-form.tsx";
import type { Offer } from "./offers.ts";

/** Buttons, the form of the one that was pressed, and what came of it. */
export function DecisionActions(props: {
  readonly offers: readonly Offer[];
  readonly deciding: Deciding;
  /** What is decided about, for whoever does not see where the buttons stand. */
  readonly about: string;
  /** For who may not decide here. */
  readonly command: string;
}): JSX.Element | null {
  const { offers, deciding, about, command } = props;
  const [open, setOpen] = useState<string>();
  const [result, setResult] = useState<Result>();
  const place = useRef<HTMLDivElement>(null);
  const hadForm = useRef(false);
  useEffect(() => {
    if (hadForm.current && open === undefined) place.current?.querySelector("button")?.focus();
    hadForm.current = open !== undefined;
  }, [open]);
  if (offers.length === 0) return null;
  if (!deciding.isAdmin) return <ForOthers command={command} />;
  const offer = offers.find(({ kind }) => kind === open);
  return (
    <div class={`decide ${offer === undefined ? "" : "open"}`} ref={place}>
      {offer === undefined ? (
        <div class="choices wrap">
          {offers.map(({ kind, verb }) => (
            <button key={kind} type="button" aria-label={`${verb}: ${about}`} onClick={() => setOpen(kind)}>
              {verb}
              <span class="dots"> …</span>
            </button>
          ))}
        </div>
      ) : (
        <DecisionForm
          key={offer.kind}
          offer={offer}
          onCancel={() => setOpen(undefined)}
          onDone={(done) => {
            setOpen(undefined);
            setResult(done);
            deciding.onDecided();
          }}
        />
      )}
      <span class="good" role="status">
        {offer === undefined ? (result?.text ?? "") : ""}
      </span>
    </div>
  );
}

function ForOthers(props: { readonly command: string }): JSX.Element {
  return (
    <details class="evidence">
      <summary>To decide about it</summary>
      <p class="quiet">An admin decides here, or with the command line:</p>
      <Command command={props.command} on="" />
    </details>
  );
}
