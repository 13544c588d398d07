/** Asks for what about, for how long and why, before something is decided. */
import type { Decision } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, type Result, resultOf } from "../cluster/ask.ts";
import { type Choice, type Offer, requestOf } from "./offers.ts";

/** The form. */
export function DecisionForm(props: {
  readonly offer: Offer;
  readonly onDone: (result: Result) => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const { offer, onDone, onCancel } = props;
  const [subject, setSubject] = useState(0);
  const [duration, setDuration] = useState(0);
  const [reason, setReason] = useState("");
  const [isSent, setIsSent] = useState(false);
  const [trouble, setTrouble] = useState("");
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => first.current?.focus(), []);
  const send = (): void => {
    setIsSent(true);
    void change<Decision>("api/v1/decisions", requestOf(offer, subject, duration, reason)).then((answer) => {
      const result = resultOf(answer, doneText(offer));
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
      <p id={id}>{offer.meaning}</p>
      <div class="fields">
        <label>
          Why
          <input
            ref={first}
            type="text"
            maxLength={500}
            placeholder="for whoever looks next"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {offer.subjects.length > 1 && <Choose title="What" choices={offer.subjects} chosen={subject} onChoose={setSubject} />}
        <Choose title="How long" choices={offer.durations} chosen={duration} onChoose={setDuration} />
      </div>
      <div class="choices wrap">
        <button type="submit" aria-pressed="true" disabled={isSent}>
          {submitText(offer)}
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

function Choose(props: {
  readonly title: string;
  readonly choices: readonly Choice<unknown>[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}): JSX.Element {
  return (
    <label>
      {props.title}
      <select value={props.chosen} onChange={(event) => props.onChoose(event.currentTarget.selectedIndex)}>
        {props.choices.map(({ text }, index) => (
          <option key={text} value={index}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function submitText({ kind, verb }: Offer): string {
  return kind === "maintenance" ? "Start maintenance" : `${verb} it`;
}

function doneText({ kind }: Offer): string {
  return { acknowledge: "Acknowledged.", accept: "Accepted.", mute: "Muted.", maintenance: "Maintenance has begun." }[kind];
}
