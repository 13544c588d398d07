/** Numbers of onboarding, for Prometheus. docs/metrics.md describes them, with those of metrics.ts. */
import type { Onboarding } from "@nodekeeper/shared/api";
import { Gauge, Histogram, type Registry } from "prom-client";

/** What onboarding counts. */
export interface OnboardingMetrics {
  /** A machine is ready, so long after it was seen. */
  becameReady(durationMs: number): void;
}

const prefix = "nodekeeper_collector_onboarding_";

/** Makes them; `machines` is asked when somebody reads the page. */
export function createOnboardingMetrics(
  registry: Registry,
  machines: () => readonly Pick<Onboarding, "state">[],
): OnboardingMetrics {
  const durations = new Histogram({
    name: `${prefix}seconds`,
    help: "Time from when a machine was seen until it was ready.",
    buckets: [10, 20, 30, 45, 60, 120, 300, 900, 3_600, 86_400],
    registers: [registry],
  });
  new Gauge({
    name: `${prefix}machines`,
    help: "Machines, by how far they have come on their way to being ready.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      for (const state of ["onboarding", "blocked", "planned", "ready"]) this.set({ state }, 0);
      for (const { state } of machines()) this.inc({ state });
    },
  });
  return { becameReady: (durationMs) => durations.observe(durationMs / 1000) };
}
