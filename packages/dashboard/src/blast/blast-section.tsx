/** What would break if this machine, or a disk of it, died now; asked when somebody wants to know, and never by itself. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { textField } from "@nodekeeper/shared/fields";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { blockDevices, isDisk } from "../node/physical-disks.ts";
import { BlastAnswer } from "./blast-answer.tsx";
import { DecommissionAnswer } from "./decommission-answer.tsx";

/** What may be asked. */
type Question =
  | { readonly kind: "node" }
  | { readonly kind: "disk"; readonly id: string; readonly name: string }
  | { readonly kind: "decommission" };

/** Buttons, and below them the answer. */
export function BlastSection(props: { readonly node: string; readonly subjects: readonly SubjectBody[] }): JSX.Element {
  const { node, subjects } = props;
  const [question, setQuestion] = useState<Question>();
  const disks = blockDevices(subjects).filter(isDisk);
  const choose = (wanted: Question): void => setQuestion(isSame(wanted, question) ? undefined : wanted);
  const path = encodeURIComponent(node);
  return (
    <section aria-labelledby="blast">
      <h2 id="blast">If this died now</h2>
      <div class="choices wrap">
        <Choice wanted={{ kind: "node" }} question={question} onChoose={choose} text="The whole machine" />
        {disks.map((disk) => {
          const name = textField(disk, "name") || disk.id;
          const model = textField(disk, "model");
          const text = model === "" ? `Disk ${name}` : `Disk ${name}, ${model}`;
          return (
            <Choice
              key={disk.id}
              wanted={{ kind: "disk", id: disk.id, name }}
              question={question}
              onChoose={choose}
              text={text}
            />
          );
        })}
        <Choice wanted={{ kind: "decommission" }} question={question} onChoose={choose} text="Take it away for good …" />
      </div>
      {question === undefined && <p class="quiet aside">What would be lost, stand still or move; and what to do before.</p>}
      {question?.kind === "node" && <BlastAnswer key="node" path={`api/v1/blast/${path}`} />}
      {question?.kind === "disk" && (
        <BlastAnswer key={question.id} path={`api/v1/blast/${path}?disk=${encodeURIComponent(question.id)}`} />
      )}
      {question?.kind === "decommission" && <DecommissionAnswer path={`api/v1/decommission/${path}`} />}
    </section>
  );
}

function Choice(props: {
  readonly wanted: Question;
  readonly question: Question | undefined;
  readonly onChoose: (wanted: Question) => void;
  readonly text: string;
}): JSX.Element {
  const { wanted, question, onChoose, text } = props;
  return (
    <button type="button" aria-pressed={isSame(wanted, question)} onClick={() => onChoose(wanted)}>
      {text}
    </button>
  );
}

function isSame(a: Question, b: Question | undefined): boolean {
  return a.kind === b?.kind && (a.kind !== "disk" || (b.kind === "disk" && a.id === b.id));
}
