import { describe, expect, it } from "vitest";

import { parseStartArguments } from "./start-arguments.mjs";

describe("parseStartArguments", () => {
  it.each([
    { args: [], request: { kind: "start", port: 7060 } },
    { args: ["--port", "8060"], request: { kind: "start", port: 8060 } },
    { args: ["--port=8060"], request: { kind: "start", port: 8060 } },
    { args: ["--help"], request: { kind: "help" } },
    { args: ["--port", "8060", "-h"], request: { kind: "help" } },
  ])("reads $args", ({ args, request }) => {
    expect(parseStartArguments(args, {})).toEqual(request);
  });

  it.each([
    { port: "0" },
    { port: "65534" }, // the agent's health would need 65536
    { port: "80a" },
    { port: "" },
    { port: "1e3" },
    { port: "-1" },
  ])("refuses the port $port", ({ port }) => {
    expect(() => parseStartArguments(["--port", port], {})).toThrow(`--port needs a number from 1 to 65533, not "${port}"`);
  });

  it("notices a port that npm kept for itself", () => {
    expect(() => parseStartArguments([], { npm_config_port: "8060" })).toThrow("npm start -- --port 8060");
  });
});
