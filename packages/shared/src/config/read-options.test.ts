import { describe, expect, it } from "vitest";
import { AppError } from "../errors.ts";
import { optionsHelp } from "./help.ts";
import {
  addressOption,
  bytesOption,
  choiceOption,
  durationOption,
  integerOption,
  listOption,
  stringOption,
  switchOption,
} from "./option.ts";
import { readCommandLine, readOptions } from "./read-options.ts";

const options = {
  listen: addressOption({ description: "where to listen", default: "127.0.0.1:7060" }),
  dataDir: stringOption({ description: "where data lies", placeholder: "DIR" }),
  logLevel: choiceOption({ description: "how much to log", choices: ["info", "debug"], default: "info" }),
  spillAfter: durationOption({ description: "time", default: "60s", minimumMs: 1000 }),
  memory: bytesOption({ description: "size", default: "8MiB" }),
  workers: integerOption({ description: "count", default: "2", minimum: 1, maximum: 8 }),
  peer: listOption(addressOption({ description: "peers" })),
  verbose: switchOption({ description: "more words" }),
};

function read(args: readonly string[], env: Record<string, string> = {}) {
  return readOptions(options, { args, env, envPrefix: "NODEKEEPER_AGENT_" });
}

function problemsOf(action: () => unknown): string {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "CONFIG_INVALID") return thrown.message;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

describe("readOptions", () => {
  it("gives the defaults where nothing is configured", () => {
    expect(read(["--data-dir", "/data"])).toEqual({
      listen: { host: "127.0.0.1", port: 7060 },
      dataDir: "/data",
      logLevel: "info",
      spillAfter: 60_000,
      memory: 8 * 1024 * 1024,
      workers: 2,
      peer: [],
      verbose: false,
    });
  });

  it("lets a flag win over a variable", () => {
    const env = { NODEKEEPER_AGENT_DATA_DIR: "/env", NODEKEEPER_AGENT_WORKERS: "4" };

    const values = read(["--workers=5"], env);

    expect(values).toMatchObject({ dataDir: "/env", workers: 5 });
  });

  it("reads lists from repeated flags, and from commas elsewhere", () => {
    const flags = read(["--data-dir=/d", "--peer", "a:1", "--peer", "[::1]:2"]);
    const env = read(["--data-dir=/d"], { NODEKEEPER_AGENT_PEER: "a:1, [::1]:2" });

    expect(flags.peer).toEqual([
      { host: "a", port: 1 },
      { host: "::1", port: 2 },
    ]);
    expect(env.peer).toEqual(flags.peer);
  });

  it("turns a switch on without a value, and leaves the next argument alone", () => {
    expect(read(["--verbose", "--data-dir", "/d"])).toMatchObject({ verbose: true, dataDir: "/d" });
  });

  it("reports every problem at once, with its place and the nearest known name", () => {
    const env = { NODEKEEPER_AGENT_WORKER: "1", NODEKEEPER_AGENT_WORKERS: "99", NODEKEEPER_AGENT_MEMORY: "8MB" };

    const message = problemsOf(() => read(["--dta-dir", "/x", "--listen", "nowhere", "stray"], env));

    expect(message).toContain("the configuration has 7 problems:");
    expect(message).toContain('unknown flag --dta-dir; did you mean "--data-dir"?');
    expect(message).toContain('--listen: expected HOST:PORT such as 127.0.0.1:7060 or [::1]:7060, got "nowhere"');
    expect(message).toContain('unexpected argument "stray"');
    expect(message).toContain('unknown environment variable NODEKEEPER_AGENT_WORKER; did you mean "NODEKEEPER_AGENT_WORKERS"?');
    expect(message).toContain("NODEKEEPER_AGENT_WORKERS: expected 1 to 8, got 99");
    expect(message).toContain('NODEKEEPER_AGENT_MEMORY: expected a size such as 512KiB, 8MiB or 1GiB, got "8MB"');
    expect(message).toContain("--data-dir is missing: where data lies");
  });

  it("names a flag whose value is missing", () => {
    expect(problemsOf(() => read(["--data-dir"]))).toContain("--data-dir needs a value: DIR");
  });

  it("ignores variables with another prefix", () => {
    expect(read(["--data-dir=/d"], { NODEKEEPER_COLLECTOR_X: "1", PATH: "/bin" }).dataDir).toBe("/d");
  });
});

describe("readCommandLine", () => {
  const sources = (...args: string[]) => ({ args, env: {}, envPrefix: "X_" });
  const some = { verbose: switchOption({ description: "more words" }) };

  it("gives the operands in order, between flags", () => {
    expect(readCommandLine(some, sources("a", "--verbose", "b"), ["one", "[two]"])).toEqual({
      values: { verbose: true },
      operands: ["a", "b"],
    });
  });

  it("names an operand that is missing, and one too many", () => {
    expect(problemsOf(() => readCommandLine(some, sources(), ["name"]))).toContain("<name> is missing");
    expect(problemsOf(() => readCommandLine(some, sources("a", "b"), ["name"]))).toContain('unexpected argument "b"');
    expect(readCommandLine(some, sources(), ["[name]"]).operands).toEqual([]);
  });
});

describe("optionsHelp", () => {
  it("shows flag, value, meaning and default in columns", () => {
    const lines = optionsHelp(options).split("\n");

    expect(lines[0]).toBe("  --listen HOST:PORT      where to listen (default: 127.0.0.1:7060)");
    expect(lines[6]).toBe("  --peer HOST:PORT        peers; may be repeated");
    expect(lines[7]).toBe("  --verbose               more words");
  });
});
