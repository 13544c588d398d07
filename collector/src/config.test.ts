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
      logLevel: "info",
    });
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
    expect(configHelp()).toMatch(/--grpc-listen HOST:PORT +where agents report \(default: 127\.0\.0\.1:7061\)/);
    expect(configHelp()).toContain("NODEKEEPER_COLLECTOR_DATA_DIR");
  });
});
