import { describe, expect, it } from "vitest";

import { parseStartArguments } from "./start-arguments.mjs";

describe("parseStartArguments", () => {
  it.each([
    { args: [], request: { kind: "start", port: 7060 } },
    { args: ["--port", "8060"], request: { kind: "start", port: 8060 } },
    { args: ["--port=8060"], request: { kind: "start", port: 8060 } },
    { args: ["--public-name", "box.lan"], request: { kind: "start", port: 7060, publicName: "box.lan" } },
    { args: ["--public-name=box.lan", "--port=8060"], request: { kind: "start", port: 8060, publicName: "box.lan" } },
    { args: ["--help"], request: { kind: "help" } },
    { args: ["--port", "8060", "-h"], request: { kind: "help" } },
  ])("reads $args", ({ args, request }) => {
    expect(parseStartArguments(args, {})).toEqual(request);
  });

  it.each([
    { port: "0" },
    { port: "65525" }, // agents of other machines would need 65536
    { port: "80a" },
    { port: "" },
    { port: "1e3" },
    { port: "-1" },
  ])("refuses the port $port", ({ port }) => {
    expect(() => parseStartArguments(["--port", port], {})).toThrow(`--port needs a number from 1 to 65524, not "${port}"`);
  });

  it.each([[], ["--port", "1"]])("refuses a public name that is not there: %j", (...rest) => {
    expect(() => parseStartArguments(["--public-name", ...rest], {})).toThrow("--public-name needs the name");
  });

  it("notices a port that npm kept for itself", () => {
    expect(() => parseStartArguments([], { npm_config_port: "8060" })).toThrow("npm start -- --port 8060");
  });
});
