/** Which findings are shown, as it stands in the address. Pure. */
import type { Finding, Severity } from "@nodekeeper/shared/api";

/** Where a finding belongs: those that want somebody, those nobody is told of, those that somebody knows, and those that are over. */
export type FindingShelf = "open" | "quiet" | "aside" | "resolved";

/** What is wanted; "" is everything. */
export interface FindingFilter {
  readonly shelf: FindingShelf;
  readonly severity: Severity | "";
  /** "-" is the cluster as a whole. */
  readonly node: string;
  readonly rule: string;
  /** Words that must all occur. */
  readonly words: string;
}

const shelves: readonly FindingShelf[] = ["open", "quiet", "aside", "resolved"];
const severities: readonly Severity[] = ["high", "medium", "low"];

/** What an address says; what makes no sense is left out. */
export function filterOf(choices: URLSearchParams): FindingFilter {
  const { shelf, severity, node, rule, words } = {
    shelf: choices.get("show"),
    severity: choices.get("severity"),
    node: choices.get("node") ?? "",
    rule: choices.get("rule") ?? "",
    words: choices.get("words") ?? "",
  };
  return {
    shelf: shelves.find((each) => each === shelf) ?? "open",
    severity: severities.find((each) => each === severity) ?? "",
    ...{ node, rule, words },
  };
}

/** Where it belongs. */
export function shelfOf({ state, attention }: Finding): FindingShelf {
  if (state === "resolved") return "resolved";
  if (attention?.isSetAside === true) return "aside";
  return attention?.isQuiet === true ? "quiet" : "open";
}

/** Whether it wants somebody now: it fires, it is no consequence, and nobody said that they know. */
export function isLoud(finding: Finding): boolean {
  return finding.state === "firing" && finding.suppressedBy === undefined && shelfOf(finding) === "open";
}

/** Whether it is wanted, on whatever shelf it lies. */
export function isWanted(finding: Finding, filter: FindingFilter): boolean {
  const { severity, node, rule, words } = filter;
  if (severity !== "" && finding.severity !== severity) return false;
  if (node !== "" && finding.node !== (node === "-" ? "" : node)) return false;
  if (rule !== "" && finding.rule !== rule) return false;
  if (words.trim() === "") return true;
  const text = [finding.node, finding.rule, finding.text, finding.subject.id, finding.title].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
