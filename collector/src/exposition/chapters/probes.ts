/** Of each probe of each node: how it goes, and when it last told something. */
import { Outcome } from "@nodekeeper/proto";
import { freshnessOf } from "../../state/freshness.ts";
import { bounded, type Chapter, type Family, labelsOf } from "../chapter.ts";
import { flag, seconds } from "../node-subjects.ts";

const duration: Family = {
  name: "nodekeeper_probe_duration_seconds",
  type: "gauge",
  help: "Time that the last run of the probe took; not there when that is overdue.",
};
const interval: Family = {
  name: "nodekeeper_probe_interval_seconds",
  type: "gauge",
  help: "Time in which its next word was promised.",
};
const failing: Family = {
  name: "nodekeeper_probe_failing",
  type: "gauge",
  help: "1 when its last run could tell nothing; not there when that run is overdue.",
};
const failed: Family = {
  name: "nodekeeper_probe_failed_subjects",
  type: "gauge",
  help: "Things that its last run could not read; not there when that run is overdue.",
};
const lastRun: Family = {
  name: "nodekeeper_probe_last_run_timestamp_seconds",
  type: "gauge",
  help: "When it last ran, in seconds since 1970.",
};
const lastSuccess: Family = {
  name: "nodekeeper_probe_last_success_timestamp_seconds",
  type: "gauge",
  help: "When it last told something, in seconds since 1970; not there when it never did.",
};

export const probes: Chapter = {
  families: [duration, interval, failing, failed, lastRun, lastSuccess],
  write(node, moment, sheet) {
    for (const probe of bounded([...node.probes.values()], "probe", node.name, moment)) {
      const labels = labelsOf({ node: node.name, probe: probe.name });
      const isFresh = freshnessOf(probe.observedAtMs, probe.intervalMs, moment.nowMs) === "fresh";
      const isFailing = probe.outcome === Outcome.FAILED;
      sheet.add(interval, labels, seconds(probe.intervalMs));
      sheet.add(lastRun, labels, seconds(probe.observedAtMs));
      sheet.add(lastSuccess, labels, seconds(isFailing ? probe.subjects.reading?.observedAtMs : probe.observedAtMs));
      if (!isFresh) continue;
      sheet.add(duration, labels, seconds(probe.durationMs));
      sheet.add(failing, labels, flag(isFailing));
      let failedCount = 0;
      for (const { outcome, observedAtMs } of probe.subjects.exceptions.values())
        if (outcome === Outcome.FAILED && observedAtMs === probe.observedAtMs) failedCount += 1;
      sheet.add(failed, labels, failedCount);
    }
  },
};
