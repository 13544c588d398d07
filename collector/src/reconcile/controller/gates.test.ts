import { describe, expect, it } from "vitest";
import { type Circumstances, waitingFor } from "./gates.ts";

const nowMs = Date.UTC(2026, 10, 23, 9, 0, 0);

/** Nothing is in the way. */
const free: Circumstances = {
  nowMs,
  decisions: "approved",
  mode: "enforce",
  isGranted: false,
  dwellEndsAtMs: Number.NEGATIVE_INFINITY,
  seen: { isCordoned: false, isPaused: false },
  isInMaintenance: false,
  knowledge: { kind: "known", listedAtMs: nowMs, heardAtMs: nowMs, problem: undefined },
  mayWrite: { kind: "yes", signal: new AbortController().signal },
  retry: undefined,
  brake: { kind: "free" },
};

const no = (because: "paused" | "standby" | "unknown") => ({
  mayWrite: { kind: "no" as const, because, text: `it is ${because}` },
});
const later = "2026-11-23T09:01:00.000Z";
const laterMs = Date.parse(later);
const full = { kind: "full" as const, restrictedNodes: 1, clearsAtMs: laterMs };

describe("a step", () => {
  it.each<{ name: string; given: Partial<Circumstances>; describe: string; restrict: string; until?: string }>([
    { name: "goes where nothing is in the way", given: {}, describe: "-", restrict: "-" },
    { name: "waits until decisions were read", given: { decisions: "unread" }, describe: "cluster", restrict: "cluster" },
    {
      name: "waits for the first approval, whatever was granted",
      given: { decisions: "unapproved", isGranted: true },
      ...{ describe: "approval", restrict: "approval" },
    },
    { name: "waits for its mode", given: { mode: "plan" }, describe: "mode", restrict: "mode" },
    { name: "goes in mode plan where it was granted", given: { mode: "plan", isGranted: true }, describe: "-", restrict: "-" },
    { name: "dwells", given: { dwellEndsAtMs: laterMs }, describe: "dwell", restrict: "dwell", until: later },
    {
      name: "dwells though it was granted",
      given: { isGranted: true, dwellEndsAtMs: laterMs },
      describe: "dwell",
      restrict: "dwell",
      until: later,
    },
    { name: "does not dwell any more when the time is up", given: { dwellEndsAtMs: nowMs }, describe: "-", restrict: "-" },
    {
      name: "takes nothing away from a cordoned node",
      given: { seen: { isCordoned: true, isPaused: false } },
      ...{ describe: "-", restrict: "maintenance" },
    },
    {
      name: "takes nothing away from a node on which somebody works",
      given: { isInMaintenance: true },
      ...{ describe: "-", restrict: "maintenance" },
    },
    {
      name: "waits on a paused node",
      given: { seen: { isCordoned: false, isPaused: true } },
      ...{ describe: "pause", restrict: "pause" },
    },
    { name: "waits while somebody paused us", given: no("paused"), describe: "pause", restrict: "pause" },
    { name: "waits while another collector writes", given: no("standby"), describe: "leader", restrict: "leader" },
    { name: "waits while it is not known who may write", given: no("unknown"), describe: "cluster", restrict: "cluster" },
    {
      name: "waits until the cluster was listed",
      given: { knowledge: { kind: "unknown", problem: "refused" } },
      ...{ describe: "cluster", restrict: "cluster" },
    },
    {
      name: "takes nothing away while the cluster is not heard any more",
      given: { knowledge: { kind: "known", listedAtMs: nowMs, heardAtMs: nowMs, problem: "the watch is refused" } },
      ...{ describe: "-", restrict: "cluster" },
    },
    {
      name: "waits after a failure",
      given: { retry: { untilMs: laterMs, text: "refused" } },
      ...{ describe: "retry", restrict: "retry", until: later },
    },
    {
      name: "is tried again when it is time",
      given: { retry: { untilMs: nowMs, text: "refused" } },
      describe: "-",
      restrict: "-",
    },
    { name: "is braked where it takes something away", given: { brake: full }, describe: "-", restrict: "brake" },
    {
      name: "takes nothing away before it is known what was taken away lately",
      given: { brake: { kind: "unread" } },
      ...{ describe: "-", restrict: "brake" },
    },
    {
      name: "names the approval before all that stands behind it",
      given: { ...no("paused"), decisions: "unapproved", mode: "plan", brake: full },
      ...{ describe: "approval", restrict: "approval" },
    },
    {
      name: "names the mode before pause and leader, so that a plan's hash stays",
      given: { ...no("standby"), mode: "plan" },
      ...{ describe: "mode", restrict: "mode" },
    },
  ])("$name", ({ given, until, ...expected }) => {
    for (const actionClass of ["describe", "restrict"] as const) {
      const waiting = waitingFor({ class: actionClass }, { ...free, ...given });

      expect(waiting?.for ?? "-").toBe(expected[actionClass]);
      if (waiting !== undefined) expect(waiting.text).toMatch(/\S/);
      if (until !== undefined) expect(waiting?.until).toBe(until);
    }
  });

  it("that moves something is held as strictly as one that restricts", () => {
    const cordoned = { ...free, seen: { isCordoned: true, isPaused: false } };

    expect(waitingFor({ class: "move" }, { ...free, brake: full })?.for).toBe("brake");
    expect(waitingFor({ class: "move" }, cordoned)?.for).toBe("maintenance");
    expect(waitingFor({ class: "move" }, { ...free, isInMaintenance: true })?.for).toBe("maintenance");
  });

  it("says in the brake's words how many nodes were restricted, and until when it waits", () => {
    const waiting = waitingFor({ class: "restrict" }, { ...free, brake: { ...full, restrictedNodes: 3 } });

    expect(waiting).toEqual({
      for: "brake",
      text: "3 nodes were restricted within the last ten minutes: no more for now.",
      until: later,
    });
  });
});
