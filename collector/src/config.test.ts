import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { configHelp, readConfig } from "./config.ts";

function problemsOf(args: readonly string[], env: Record<string, string> = {}): string {
  try {
    readConfig({ args, env });
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "CONFIG_INVALID") return thrown.message;
    throw thrown;
  }
  throw new Error("nothing was wrong");
}

describe("readConfig", () => {
  it("needs nothing", () => {
    expect(readConfig({ args: [], env: {} })).toEqual({
      listen: { host: "127.0.0.1", port: 7060 },
      grpcListen: { host: "127.0.0.1", port: 7061 },
      dataDir: "/var/lib/nodekeeper/collector",
      adminSocket: "/var/lib/nodekeeper/collector/admin.sock",
      public: undefined,
      vaultSecret: undefined,
      kubernetes: {
        mode: "auto",
        kubeconfig: undefined,
        audience: "nodekeeper",
        agentServiceAccount: { namespace: "nodekeeper", name: "nodekeeper-agent" },
        caConfigMap: undefined,
        longhornNamespace: "longhorn-system",
        namespace: "nodekeeper",
      },
      policyFile: undefined,
      login: undefined,
      proxy: undefined,
      intervals: new Map(),
      logLevel: "info",
    });
  });

  it("takes the intervals of probes, each with its name", () => {
    expect(readConfig({ args: ["--interval=smart=15m", "--interval", "network=1m"], env: {} }).intervals).toEqual(
      new Map([
        ["smart", 900_000],
        ["network", 60_000],
      ]),
    );
    const message = problemsOf(["--interval=smart", "--interval=disks=5", "--interval=network=10ms"]);
    expect(message).toContain("--interval: expected PROBE=TIME such as smart=15m");
  });

  it("tells agents the public names with the public port, unless it is told where they dial", () => {
    const args = ["--public-grpc-listen=0.0.0.0:7071", "--public-name=nodekeeper.example.net", "--public-name=fd00::1"];

    expect(readConfig({ args, env: {} }).public).toMatchObject({
      listen: undefined,
      names: ["nodekeeper.example.net", "fd00::1"],
      agentAddresses: ["nodekeeper.example.net:7071", "[fd00::1]:7071"],
    });
    expect(readConfig({ args: [...args, "--agent-address=10.0.0.1:443"], env: {} }).public?.agentAddresses).toEqual([
      "10.0.0.1:443",
    ]);
  });

  it("listens nowhere where it is told none", () => {
    const args = ["--listen=none", "--grpc-listen=none", "--admin-socket=none"];

    expect(readConfig({ args, env: {} })).toMatchObject({ listen: undefined, grpcListen: undefined, adminSocket: undefined });
  });

  it("names every contradiction at once", () => {
    const args = [
      "--public-listen=0.0.0.0:7070",
      "--tls-cert=/c",
      "--login-jwks=/j",
      "--proxy-listen=127.0.0.1:1",
      "--vault-secret=a/b",
    ];

    const message = problemsOf([...args, "--kubernetes=off"]);

    expect(message).toContain("the configuration has 5 problems");
    for (const option of ["--public-name is missing", "--tls-key go together", "--login-audience go together"])
      expect(message).toContain(option);
    expect(message).toContain("--proxy-secret-file go together");
    expect(message).toContain("--vault-secret needs the cluster");
  });

  it("takes flags over variables", () => {
    const env = { NODEKEEPER_COLLECTOR_DATA_DIR: "/env", NODEKEEPER_COLLECTOR_LOG_LEVEL: "debug" };

    expect(readConfig({ args: ["--data-dir", "/flag", "--grpc-listen=[::1]:0"], env })).toMatchObject({
      dataDir: "/flag",
      logLevel: "debug",
      grpcListen: { host: "::1", port: 0 },
    });
  });

  it("refuses addresses that others could reach, and names every problem at once", () => {
    const message = problemsOf(["--listen", "0.0.0.0:7060", "--grpc-listen", "192.0.2.1:7061", "--dta-dir", "/x"]);

    expect(message).toContain("the configuration has 3 problems");
    expect(message).toContain(
      "--listen: expected an address of this machine alone (127.0.0.1, ::1), got 0.0.0.0: TLS and identity come first",
    );
    expect(message).toContain("--grpc-listen: expected an address of this machine alone (127.0.0.1, ::1), got 192.0.2.1");
    expect(message).toContain('unknown flag --dta-dir; did you mean "--data-dir"?');
  });

  it("explains itself", () => {
    expect(configHelp()).toMatch(
      /--grpc-listen HOST:PORT\|none +where an agent of this machine reports \(default: 127\.0\.0\.1:7061\)/,
    );
    expect(configHelp()).toContain("NODEKEEPER_COLLECTOR_DATA_DIR");
  });
});
