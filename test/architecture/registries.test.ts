/** A list equals its folder, and a module's name equals its file's: forgetting a line in a list is a failing test, not a support case. */
import { describe, expect, it } from "vitest";
import { probes } from "../../agent/src/probes/index.ts";
import { createKernelLogFollower } from "../../agent/src/probes/support/kernel-log/kernel-log-follower.ts";
import { createWatchers } from "../../agent/src/watchers/index.ts";
import { routes } from "../../collector/src/api/routes/index.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { commands } from "../../packages/cli/src/commands/index.ts";
import { moduleNames } from "./sources.ts";

const watchers = createWatchers(createKernelLogFollower());

describe("registries", () => {
  it.each([
    { folder: "agent/src/probes", names: probes.map((probe) => probe.name) },
    { folder: "agent/src/watchers", names: watchers.map((watcher) => watcher.name) },
    { folder: "collector/src/rules", names: rules.map((rule) => rule.code) },
    { folder: "collector/src/api/routes", names: routes.map((route) => route.name) },
    { folder: "packages/cli/src/commands", names: commands.map((command) => command.name) },
  ])("lists every module of $folder under its file's name", ({ folder, names }) => {
    expect([...names].sort()).toEqual(moduleNames(folder));
  });

  it("gives every probe bounds that hold its interval, and a timeout shorter than it", () => {
    const wrong = probes.filter(
      (probe) =>
        !(
          probe.minimumIntervalMs <= probe.intervalMs &&
          probe.intervalMs <= probe.maximumIntervalMs &&
          probe.timeoutMs <= probe.intervalMs
        ),
    );

    expect(wrong.map((probe) => probe.name)).toEqual([]);
  });

  it("lets rules depend only on rules that exist", () => {
    const codes = new Set(rules.map((rule) => rule.code));

    expect(rules.flatMap((rule) => rule.dependsOn).filter((code) => !codes.has(code))).toEqual([]);
  });
});
