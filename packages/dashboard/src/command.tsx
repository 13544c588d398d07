/** A command to be typed somewhere: as text that can be copied. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { after } from "./clock.ts";

type Copied = "no" | "yes" | "by hand";

const words: Readonly<Record<Copied, string>> = { no: "Copy", yes: "Copied", "by hand": "Now press Ctrl C" };
const shownMs = 2_500;

/** The command, where to type it, and a button; nothing where there is none. */
export function Command(props: { readonly command: string; readonly on: string }): JSX.Element | null {
  const { command, on } = props;
  const place = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState<Copied>("no");
  useEffect(() => (copied === "no" ? undefined : after(shownMs, () => setCopied("no"))), [copied]);
  if (command === "") return null;
  const copy = (): void => {
    void writeText(command).then((isDone) => {
      if (!isDone) select(place.current);
      setCopied(isDone ? "yes" : "by hand");
    });
  };
  return (
    <div class="command">
      {on !== "" && <div class="quiet">on {on}</div>}
      <div class="command-line">
        <pre ref={place}>{command}</pre>
        <button type="button" class="copy" onClick={copy} aria-label={`Copy the command${on === "" ? "" : ` for ${on}`}`}>
          {words[copied]}
        </button>
        <span class="unseen" role="status">
          {copied === "no" ? "" : words[copied]}
        </span>
      </div>
    </div>
  );
}

/** False where the browser lets no page write to the clipboard, as over plain HTTP. */
async function writeText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // refused, or there is no clipboard at all
  }
}

function select(element: HTMLElement | null): void {
  const selection = getSelection();
  if (element === null || selection === null) return;
  const range = document.createRange();
  range.selectNodeContents(element);
  selection.removeAllRanges();
  selection.addRange(range);
}
