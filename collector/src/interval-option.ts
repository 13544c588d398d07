/** The option `--interval PROBE=TIME`: how often agents should run a probe, where its default does not suit. */
import { durationOption, type Option } from "@nodekeeper/shared";

/** A probe and its interval. */
export interface ProbeTime {
  readonly probe: string;
  readonly intervalMs: number;
}

/** What the wire takes; each probe has bounds of its own within, which its agents announce. */
const time = durationOption({ description: "", minimumMs: 1_000, maximumMs: 7 * 24 * 3_600_000 });

/** One of them. */
export function intervalOption(): Option<ProbeTime> {
  return {
    description: "how often agents run a probe, within its bounds, e.g. smart=15m",
    placeholder: "PROBE=TIME",
    fallback: undefined,
    fallbackText: "",
    isRepeatable: false,
    parse(texts) {
      const [, probe, text] = /^([a-z][a-z0-9-]{0,63})=(.+)$/.exec(texts.at(-1) ?? "") ?? [];
      if (probe === undefined || text === undefined)
        throw new Error(`expected PROBE=TIME such as smart=15m, got "${texts.at(-1)}"`);
      return { probe, intervalMs: time.parse([text]) };
    },
  };
}
