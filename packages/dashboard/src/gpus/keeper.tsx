/** Who keeps the GPUs of a machine; and for admins the buttons to keep them and to give them back, for others the command. */
import type { GpuReservation } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Result, remove, resultOf } from "../cluster/ask.ts";
import { Command } from "../command.tsx";
import { keeperText } from "./gpu-words.ts";
import { ReserveForm } from "./reserve-form.tsx";

/** The lines at the foot of the card. */
export function Keeper(props: {
  readonly node: string;
  readonly reservation: GpuReservation | undefined;
  readonly nowMs: number;
  readonly isAdmin: boolean;
  /** Something changed. */
  readonly onKept: () => void;
}): JSX.Element {
  const { node, reservation, nowMs, isAdmin, onKept } = props;
  return (
    <div class="keeper">
      {reservation !== undefined && (
        <p class="keeper-who" {...(reservation.until === undefined ? {} : { title: `until ${reservation.until}` })}>
          {keeperText(reservation, nowMs)}
        </p>
      )}
      {isAdmin ? (
        <Buttons node={node} isReserved={reservation?.kind === "person"} onKept={onKept} />
      ) : (
        <ForOthers node={node} isReserved={reservation?.kind === "person"} />
      )}
    </div>
  );
}

function Buttons(props: { readonly node: string; readonly isReserved: boolean; readonly onKept: () => void }): JSX.Element {
  const { node, isReserved, onKept } = props;
  const [state, setState] = useState<"asked" | "sent" | Result>();
  const place = useRef<HTMLDivElement>(null);
  const hadForm = useRef(false);
  useEffect(() => {
    if (hadForm.current && state !== "asked") place.current?.querySelector("button")?.focus();
    hadForm.current = state === "asked";
  }, [state]);
  const done = (result: Result): void => {
    setState(result);
    onKept();
  };
  const release = (): void => {
    setState("sent");
    void remove<GpuReservation>(`api/v1/gpus/reservations/${encodeURIComponent(node)}`).then((answer) =>
      done(resultOf(answer, "Released: models may come back.")),
    );
  };
  if (state === "asked") {
    return <ReserveForm node={node} onDone={done} onCancel={() => setState(undefined)} />;
  }
  return (
    <div class="choices wrap" ref={place}>
      {isReserved && (
        <button type="button" aria-label={`Release ${node}`} disabled={state === "sent"} onClick={release}>
          Release
        </button>
      )}
      <button
        type="button"
        aria-label={`${isReserved ? "Reserve anew" : "Reserve"}: ${node}`}
        disabled={state === "sent"}
        onClick={() => setState("asked")}
      >
        {isReserved ? "Reserve anew" : "Reserve"}
        <span class="dots"> …</span>
      </button>
      <span class={typeof state === "object" && state.isBad ? "bad" : "good"} role="status">
        {typeof state === "object" ? state.text : ""}
      </span>
    </div>
  );
}

function ForOthers(props: { readonly node: string; readonly isReserved: boolean }): JSX.Element {
  const { node, isReserved } = props;
  return (
    <details class="evidence">
      <summary>{isReserved ? "To release it" : "To reserve it"}</summary>
      <p class="quiet">An admin does so here, or with the command line:</p>
      <Command
        command={isReserved ? `nodekeeper gpu release ${node}` : `nodekeeper gpu reserve ${node} --for 3h --reason "a game"`}
        on=""
      />
    </details>
  );
}
