/** What an explanation says of a group that was read. */
import type { FactRead } from "@nodekeeper/shared/api";
import { freshnessOf } from "../../state/freshness.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { FactGroup } from "../known-facts.ts";
import type { GatheredGroup } from "./group-sources.ts";
import { groupName } from "./group-text.ts";

/** The read; its text is made when somebody looks at it, which is rarely. */
export function readOf(group: FactGroup, { kind, probe }: GatheredGroup, nowMs: number, text: () => string): FactRead {
  let value: string | undefined;
  return {
    path: groupName(group),
    get value() {
      value ??= text();
      return value;
    },
    probe: probe?.name ?? "",
    ...(probe === undefined ? {} : { observedAt: isoTime(probe.observedAtMs) }),
    freshness: probe === undefined ? freshnessOfOthers(kind) : freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs),
  };
}

/** What is not of an agent is known now, or not at all. */
function freshnessOfOthers(kind: GatheredGroup["kind"]): FactRead["freshness"] {
  return kind === "known" ? "fresh" : "unknown";
}
