/** Has a disk judged by the errors that it counts from now on, because those until now are known. */
import type { DiskBaseline } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { change, type Result, resultOf } from "../cluster/ask.ts";

/** A button, the question why, and what came of it. */
export function BaselineAction(props: { readonly node: string; readonly disk: string; readonly name: string }): JSX.Element {
  const { node, disk, name } = props;
  const [state, setState] = useState<"none" | "armed" | "sent" | Result>("none");
  const [reason, setReason] = useState("");
  const send = (): void => {
    setState("sent");
    const path = `api/v1/nodes/${encodeURIComponent(node)}/disks/${encodeURIComponent(disk)}/baseline`;
    void change<DiskBaseline>(path, reason.trim() === "" ? {} : { reason: reason.trim() }).then((answer) => {
      setReason("");
      setState(resultOf(answer, answer.kind === "ok" ? saidOf(answer.body) : ""));
    });
  };
  if (state === "armed") {
    return (
      <form
        class="decision-form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <p>The errors of {name} until now are known: only what it counts from now on is new. The disk is not touched.</p>
        <div class="fields">
          <label>
            Why
            <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
        </div>
        <div class="choices wrap">
          <button type="submit" aria-pressed="true">
            Judge it from now on
          </button>
          <button type="button" onClick={() => setState("none")}>
            Cancel
          </button>
        </div>
      </form>
    );
  }
  return (
    <>
      <button type="button" class="inline" disabled={state === "sent"} onClick={() => setState("armed")}>
        New baseline …
      </button>{" "}
      <span class={typeof state === "object" && state.isBad ? "bad" : "good"} role="status">
        {typeof state === "object" ? state.text : ""}
      </span>
    </>
  );
}

function saidOf({ counters }: DiskBaseline): string {
  const moved = counters.filter(({ before, baseline }) => before !== baseline);
  if (moved.length === 0) return "Nothing had grown.";
  return `${moved.map(({ name, before, baseline }) => `${name.replaceAll("_", " ")}: ${before} → ${baseline}`).join(", ")}.`;
}
