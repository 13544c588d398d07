/** The ways to all pages: one line, which scrolls sideways where it is too narrow. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type PageKind, pages } from "./route.ts";

/** A way. */
export interface Way {
  readonly kind: PageKind;
  readonly text: string;
  /** Something there wants to be looked at: how much, and in words for who does not see it. */
  readonly mark?: { readonly count: number; readonly words: string; readonly isLoud: boolean } | undefined;
}

/** The line. The way to where one is is in sight. */
export function Nav(props: { readonly ways: readonly Way[]; readonly here: PageKind | "node" }): JSX.Element {
  const { ways, here } = props;
  const place = useRef<HTMLElement>(null);
  const shown = here === "node" ? "fleet" : here;
  useEffect(() => {
    const link = place.current?.querySelector("[aria-current]");
    link?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown, ways.length]);
  return (
    <nav class="ways" aria-label="Pages" ref={place}>
      {ways.map(({ kind, text, mark }) => (
        <a key={kind} href={pages[kind]} {...(kind === shown ? { "aria-current": "page" } : {})}>
          {text}
          {mark !== undefined && mark.count > 0 && (
            <>
              {" "}
              <span class={`mark ${mark.isLoud ? "loud" : ""}`} aria-hidden="true">
                {mark.count.toLocaleString("en")}
              </span>
              <span class="unseen">, {mark.words}</span>
            </>
          )}
        </a>
      ))}
    </nav>
  );
}
