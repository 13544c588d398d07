import { describe, expect, it } from "vitest";
import { configHelp, type Form, readConfig } from "./config.ts";

function read(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  form: Form = "run",
): ReturnType<typeof readConfig> {
  return readConfig(form, { args, env }, () => false);
}

function problemsOf(args: readonly string[]): string {
  try {
    read(args);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new Error("there was no problem");
}

describe("readConfig", () => {
  it("has a default for everything", () => {
    expect(read()).toMatchObject({
      access: { collectors: [], tokenFile: undefined, caFile: undefined, serverName: "nodekeeper-collector" },
      availability: "always",
      nodeName: undefined,
      hostRoot: "/",
      spoolMemoryBytes: 8 * 2 ** 20,
      spoolDiskBytes: 64 * 2 ** 20,
      spoolMaximumAgeMs: 48 * 3_600_000,
      spillAfterMs: 60_000,
      healthListen: { host: "127.0.0.1", port: 7062 },
      logLevel: "info",
    });
  });

  it("takes collectors in order, and intervals of probes", () => {
    const config = read([
      "--collector",
      "127.0.0.1:1",
      "--collector=[::1]:2",
      "--interval",
      "disks=10s",
      "--interval",
      "agent=1s",
    ]);

    expect(config.access.collectors).toEqual([
      { host: "127.0.0.1", port: 1 },
      { host: "::1", port: 2 },
    ]);
    expect([...config.intervalOverridesMs]).toEqual([
      ["disks", 10_000],
      ["agent", 1_000],
    ]);
  });

  it("takes an address of the node, and nothing that is none", () => {
    expect(read().nodeAddress).toBeUndefined();
    expect(read([], { NODEKEEPER_AGENT_NODE_ADDRESS: "192.168.1.10" }).nodeAddress).toBe("192.168.1.10");
    expect(read(["--node-address", "fd00::1"]).nodeAddress).toBe("fd00::1");
    expect(problemsOf(["--node-address", "panther"])).toContain("expected an IP address");
  });

  it("gives the two sides health addresses of their own, and none when that is wished", () => {
    expect(read([], {}, "probe").healthListen).not.toEqual(read([], {}, "report").healthListen);
    expect(read(["--health-listen", "none"]).healthListen).toBeUndefined();
  });

  it("takes the node's name from the flag, else our variable, else NODE_NAME", () => {
    expect(read([], { NODE_NAME: "bobcat" }).nodeName).toBe("bobcat");
    expect(read([], { NODE_NAME: "bobcat", NODEKEEPER_AGENT_NODE_NAME: "neko" }).nodeName).toBe("neko");
    expect(read(["--node-name", "host"], { NODE_NAME: "bobcat" }).nodeName).toBe("host");
  });

  it("refuses a collector that is not on this machine while nothing proves who we are, and says how to enroll", () => {
    const text = problemsOf(["--collector", "10.0.0.1:7071", "--collector", "127.0.0.1:1", "--collector", "nas:7071"]);

    expect(text).toContain("2 problems");
    expect(text).toContain("--collector 10.0.0.1:7071 is not on this machine");
    expect(text).toContain("`nodekeeper enroll nas:7071 --token …`");
  });

  it("takes any collector once the machine is enrolled, and in a cluster with a token and whom to trust", () => {
    const args = ["--collector", "10.0.0.1:7071"];

    expect(readConfig("report", { args, env: {} }, () => true).access.collectors).toEqual([{ host: "10.0.0.1", port: 7071 }]);
    expect(read([...args, "--token-file", "/t", "--ca-file", "/ca"]).access).toMatchObject({ tokenFile: "/t", caFile: "/ca" });
    expect(read(args, {}, "probe").access.collectors).toHaveLength(1);
  });

  it("names everything that a token lacks", () => {
    const text = problemsOf(["--token-file", "/t", "--identity-file", "/i"]);

    expect(text).toContain("3 problems");
    expect(text).toContain("--token-file and --identity-file");
    expect(text).toContain("needs --ca-file");
    expect(text).toContain("needs --collector");
  });

  it("names all problems at once, with what was probably meant", () => {
    const text = problemsOf(["--colector", "127.0.0.1:1", "--interval", "disk=10s", "--spool-disk", "12", "--log-level", "loud"]);

    expect(text).toContain('unknown flag --colector; did you mean "--collector"?');
    expect(text).toContain('unknown probe "disk"; did you mean "disks"?');
    expect(text).toMatch(/--spool-disk: /);
    expect(text).toMatch(/--log-level: expected debug, info/);
    expect(text).toContain("4 problems");
  });

  it("refuses a socket path that the kernel would cut", () => {
    expect(problemsOf(["--socket", `/${"x".repeat(107)}`])).toContain("at most 107 bytes");
  });
});

describe("configHelp", () => {
  it("lists every option with its default", () => {
    const help = configHelp("report");

    expect(help).toContain("--spool-dir DIR");
    expect(help).toContain("127.0.0.1:7063");
  });
});
