/** A list equals its folder, and a module's name equals its file's: forgetting a line in a list is a failing test, not a support case. */
import { describe, expect, it } from "vitest";
import { probes } from "../../agent/src/probes/index.ts";
import { createKernelLogFollower } from "../../agent/src/probes/support/kernel-log/kernel-log-follower.ts";
import { createWatchers } from "../../agent/src/watchers/index.ts";
import { routes } from "../../collector/src/api/routes/index.ts";
import { tools } from "../../collector/src/api/tools/index.ts";
import { clusterRules } from "../../collector/src/rules/cluster/index.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { commands } from "../../packages/cli/src/commands/index.ts";
import { moduleNames } from "./sources.ts";

const watchers = createWatchers(createKernelLogFollower());

describe("registries", () => {
  it.each([
    { folder: "agent/src/probes", names: probes.map((probe) => probe.name) },
    { folder: "agent/src/watchers", names: watchers.map((watcher) => watcher.name) },
    { folder: "collector/src/rules", names: rules.map((rule) => rule.code) },
    { folder: "collector/src/rules/cluster", names: clusterRules.map((rule) => rule.code) },
    { folder: "collector/src/api/routes", names: routes.map((route) => route.name) },
    { folder: "collector/src/api/tools", names: tools.map((tool) => tool.name.replaceAll("_", "-")) },
    { folder: "packages/cli/src/commands", names: commands.map((command) => command.name.replace(" ", "-")) },
  ])("lists every module of $folder under its file's name", ({ folder, names }) => {
    expect([...names].sort()).toEqual(moduleNames(folder));
  });

  it("says of every route who may ask, and writes down every change", () => {
    const changes = routes.filter(({ method }) => method !== "GET");

    expect(routes.filter(({ access }) => access === undefined).map(({ name }) => name)).toEqual([]);
    expect(routes.filter(({ access }) => access === "anyone").map(({ name }) => name)).toEqual(["healthz", "readyz"]);
    expect(changes.filter(({ audit, access }) => audit === undefined || access !== "admin").map(({ name }) => name)).toEqual([]);
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

  it("gives no two rules one code, whether they are about nodes or the cluster", () => {
    const codes = [...rules, ...clusterRules].map((rule) => rule.code);

    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it("lets rules depend only on rules that exist", () => {
    const codes = new Set(rules.map((rule) => rule.code));

    expect(rules.flatMap((rule) => rule.dependsOn).filter((code) => !codes.has(code))).toEqual([]);
  });
});
