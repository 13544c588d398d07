/** Asks for how long and why, before the GPUs of a machine are kept for something else than models. */
import type { GpuReservation, GpuReservationRequest } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, type Result, resultOf } from "../cluster/ask.ts";

const durations: readonly (readonly [text: string, seconds: number])[] = [
  ["30 minutes", 1_800],
  ["1 hour", 3_600],
  ["3 hours", 10_800],
  ["8 hours", 28_800],
  ["1 day", 86_400],
  ["7 days", 604_800],
];
/** Three hours: an evening. */
const usual = 2;

/** The form. */
export function ReserveForm(props: {
  readonly node: string;
  readonly onDone: (result: Result) => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const { node, onDone, onCancel } = props;
  const [duration, setDuration] = useState(usual);
  const [reason, setReason] = useState("");
  const [isSent, setIsSent] = useState(false);
  const [trouble, setTrouble] = useState("");
  const first = useRef<HTMLSelectElement>(null);
  const id = useId();
  useEffect(() => first.current?.focus(), []);
  const send = (): void => {
    const request: GpuReservationRequest = {
      ...{ node, forSeconds: durations[duration]?.[1] ?? 0 },
      ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
    };
    setIsSent(true);
    void change<GpuReservation>("api/v1/gpus/reservations", request).then((answer) => {
      const result = resultOf(answer, "Reserved.");
      setIsSent(false);
      if (result.isBad) setTrouble(result.text);
      else onDone(result);
    });
  };
  return (
    <form
      class="decision-form"
      aria-labelledby={id}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
    >
      <p id={id}>
        Keep the GPU of {node} for something else: requests go elsewhere, its models are unloaded, and it comes back by itself.
      </p>
      <div class="fields">
        <label>
          How long
          <select ref={first} value={duration} onChange={(event) => setDuration(event.currentTarget.selectedIndex)}>
            {durations.map(([text], index) => (
              <option key={text} value={index}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Why
          <input
            type="text"
            maxLength={500}
            placeholder="a game, for whoever asks"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
      </div>
      <div class="choices wrap">
        <button type="submit" aria-pressed="true" disabled={isSent}>
          Reserve it
        </button>
        <button type="button" disabled={isSent} onClick={onCancel}>
          Cancel
        </button>
        <span class="bad" role="alert">
          {trouble}
        </span>
      </div>
    </form>
  );
}
