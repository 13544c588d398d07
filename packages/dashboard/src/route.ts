/** Where the page is, by the fragment of its address: #/ is the fleet, #/nodes/<name> one node. */
import { useEffect, useState } from "preact/hooks";

/** A place. */
export type Place = { readonly kind: "fleet" } | { readonly kind: "node"; readonly name: string };

/** The place that a fragment names; anything unknown is the fleet. */
export function placeOf(fragment: string): Place {
  const match = /^#\/nodes\/([^/]+)$/.exec(fragment);
  const name = match?.[1];
  return name === undefined ? { kind: "fleet" } : { kind: "node", name: decode(name) };
}

/** The fragment of a node's page. */
export function nodeLink(name: string): string {
  return `#/nodes/${encodeURIComponent(name)}`;
}

/** The place where the page is now. */
export function usePlace(): Place {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => {
      setFragment(location.hash);
      scrollTo(0, 0);
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return placeOf(fragment);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % typed by hand
  }
}
