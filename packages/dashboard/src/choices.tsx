/** What is looked at on a page: pressed buttons, lists and words, all of which stand in the address. */
import type { JSX } from "preact";

/** One of several. */
export interface Option {
  readonly value: string;
  readonly text: string;
  /** How many there are; left out where that is not known. */
  readonly count?: number | undefined;
}

/** Buttons side by side, of which one is pressed. */
export function Segments(props: {
  readonly label: string;
  readonly options: readonly Option[];
  readonly chosen: string;
  readonly onChoose: (value: string) => void;
}): JSX.Element {
  const { label, options, chosen, onChoose } = props;
  return (
    <fieldset class="choices wrap" aria-label={label}>
      {options.map(({ value, text, count }) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => onChoose(value)}>
          {text}
          {count !== undefined && <span class="count"> {count.toLocaleString("en")}</span>}
        </button>
      ))}
    </fieldset>
  );
}

/** A list of which one is chosen. */
export function Picker(props: {
  readonly label: string;
  readonly options: readonly Option[];
  readonly chosen: string;
  readonly onChoose: (value: string) => void;
}): JSX.Element {
  const { label, options, chosen, onChoose } = props;
  return (
    <label class="picker">
      {label}
      <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map(({ value, text, count }) => (
          <option key={value} value={value}>
            {text}
            {count === undefined ? "" : ` (${count.toLocaleString("en")})`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Words to search for. */
export function SearchBox(props: {
  readonly label: string;
  readonly words: string;
  readonly onChange: (words: string) => void;
}): JSX.Element {
  return (
    <input
      class="search"
      type="search"
      placeholder="Search"
      aria-label={props.label}
      value={props.words}
      onInput={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}
