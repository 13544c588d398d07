/**
 * Where the page is, by the fragment of its address: #/ is the fleet, #/nodes/<name> one node, the others are in `pages`. What is chosen on a page
 * stands behind a question mark, so that a link shows what its sender saw.
 */
import { useEffect, useState } from "preact/hooks";

/** A place. */
export type Place = { readonly kind: PageKind } | { readonly kind: "node"; readonly name: string };

/** Pages of which there is one. */
export type PageKind = "fleet" | "findings" | "disks" | "gpus" | "mesh" | "onboarding" | "plan" | "notifications" | "audit";

/** The fragment of each page. */
export const pages: Readonly<Record<PageKind, string>> = {
  fleet: "#/",
  findings: "#/findings",
  disks: "#/disks",
  gpus: "#/gpus",
  mesh: "#/mesh",
  onboarding: "#/onboarding",
  plan: "#/plan",
  notifications: "#/notifications",
  audit: "#/audit",
};

/** The place that a fragment names; anything unknown is the fleet. */
export function placeOf(fragment: string): Place {
  const path = pathOf(fragment);
  for (const [kind, link] of Object.entries(pages)) {
    if (path === link) return { kind: kind as PageKind }; // the keys of a Record<PageKind, …>
  }
  const name = /^#\/nodes\/([^/]+)$/.exec(path)?.[1];
  return name === undefined ? { kind: "fleet" } : { kind: "node", name: decode(name) };
}

/** The fragment of a node's page. */
export function nodeLink(name: string): string {
  return `#/nodes/${encodeURIComponent(name)}`;
}

/** The fragment of a page with what is chosen on it; an empty choice is left out. */
export function linkTo(kind: PageKind, choices: Readonly<Record<string, string>>): string {
  return withChoices(pages[kind], new URLSearchParams(choices));
}

/** The place where the page is now. */
export function usePlace(): Place {
  return placeOf(useFragment());
}

/** What is chosen on this page, and how to choose: "" takes a choice back. Choosing makes no step for the button that goes back. */
export function useChoices(): readonly [URLSearchParams, (changes: Readonly<Record<string, string>>) => void] {
  const choices = choicesOf(useFragment());
  const choose = (changes: Readonly<Record<string, string>>): void => {
    const next = choicesOf(location.hash);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    history.replaceState(null, "", withChoices(pathOf(location.hash) || pages.fleet, next));
    dispatchEvent(new Event("hashchange"));
  };
  return [choices, choose];
}

function useFragment(): string {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    let shown = pathOf(location.hash);
    const changed = (): void => {
      setFragment(location.hash);
      if (pathOf(location.hash) !== shown) scrollTo(0, 0);
      shown = pathOf(location.hash);
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return fragment;
}

function pathOf(fragment: string): string {
  return fragment.split("?", 1)[0] ?? "";
}

function choicesOf(fragment: string): URLSearchParams {
  return new URLSearchParams(fragment.slice(pathOf(fragment).length));
}

function withChoices(path: string, choices: URLSearchParams): string {
  const text = new URLSearchParams([...choices].filter(([, value]) => value !== "")).toString();
  return text === "" ? path : `${path}?${text}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % typed by hand
  }
}
