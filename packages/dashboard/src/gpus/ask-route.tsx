/** "Where would it go?": the server that a request for a model goes to now, and why it and not the others. */
import type { RouteExplanation } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Picker } from "../choices.tsx";
import { useFollowed } from "../live/use-followed.ts";
import { Prose } from "../prose.tsx";
import { useChoices } from "../route.ts";
import { useLast } from "../use-last.ts";
import { useSettled } from "../use-settled.ts";
import { More } from "./more.tsx";
import { routeTones, standingWord } from "./route-words.ts";

const shownAtOnce = 6;
/** Names that the browser offers. */
const offeredAtMost = 200;
const kinds = [
  { value: "", text: "chat or generate" },
  { value: "embeddings", text: "embed" },
];

/** The box. The question stands in the address. */
export function AskRoute(props: { readonly models: readonly string[]; readonly news: unknown }): JSX.Element {
  const { models, news } = props;
  const [choices, choose] = useChoices();
  const id = useId();
  const model = choices.get("model") ?? "";
  const kind = choices.get("kind") ?? "";
  const context = choices.get("context") ?? "";
  const path = pathOf(model.trim(), kind, context);
  const asked = useFollowed<RouteExplanation>(useSettled(path), news);
  const answer = useLast(asked.body);
  return (
    <section class="card plain ask" id="where-would-it-go" aria-labelledby={id}>
      <h2 id={id}>Where would it go?</h2>
      <div class="fields">
        <label>
          Model
          <input
            type="text"
            list={`${id}-models`}
            placeholder="granite4:3b"
            autocomplete="off"
            spellcheck={false}
            maxLength={256}
            value={model}
            onInput={(event) => choose({ model: event.currentTarget.value })}
          />
        </label>
        <label>
          Context in tokens
          <input
            type="number"
            min={1}
            max={100_000_000}
            placeholder="the server's own"
            value={context}
            onInput={(event) => choose({ context: event.currentTarget.value })}
          />
        </label>
      </div>
      <datalist id={`${id}-models`}>
        {models.slice(0, offeredAtMost).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Picker label="To" options={kinds} chosen={kind} onChoose={(chosen) => choose({ kind: chosen })} />
      {asked.trouble !== "" && <p class="bad">{asked.trouble}</p>}
      <div aria-live="polite">
        {answer !== undefined && path !== undefined && asked.trouble === "" && <Answer answer={answer} />}
      </div>
    </section>
  );
}

function Answer(props: { readonly answer: RouteExplanation }): JSX.Element {
  const { model, text, server: goesTo, candidates } = props.answer;
  const [limit, setLimit] = useState(shownAtOnce);
  return (
    <>
      <p class="ask-answer">
        {/* Where it goes nowhere, the sentence says of each server what stands below too. */}
        <Prose text={goesTo === undefined && candidates.length > 0 ? `No server can take ${model} now.` : text} />
      </p>
      <ol class="verdicts">
        {candidates.slice(0, limit).map(({ server, standing, text: why, wouldUnload, slots, isStale }) => (
          <li key={server}>
            <div class="card-head">
              <strong>{server}</strong>
              <span class={`pill ${routeTones[standing]}`}>{standingWord(standing)}</span>
            </div>
            <div class="quiet">
              <Prose text={why} />
              {slots !== undefined && slots > 1 && `; ${slots} requests at once`}
              {isStale && "; its agent is silent"}
              {wouldUnload.map((each) => (
                <div key={each.model}>
                  would unload {each.model}, {each.text}
                </div>
              ))}
            </div>
          </li>
        ))}
      </ol>
      <More count={candidates.length} limit={limit} what="servers" onMore={() => setLimit(limit + 100)} />
    </>
  );
}

/** Undefined while nothing is asked. */
function pathOf(model: string, kind: string, context: string): string | undefined {
  if (model === "") return undefined;
  const query = { model, ...(kind === "" ? {} : { kind }), ...(context === "" ? {} : { context_length_tokens: context }) };
  return `api/v1/routes/explain?${new URLSearchParams(query)}`;
}
