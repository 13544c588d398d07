import { describe, expect, it } from "vitest";

import { readLogLine } from "./log-line.mjs";

describe("readLogLine", () => {
  it.each([
    {
      name: "a warning with its facts",
      line: '{"level":40,"time":1,"pid":2,"hostname":"neko","name":"agent","probe":"smart","tries":3,"list":[1],"msg":"probe failed"}',
      expected: { weight: "warning", text: "probe failed (probe smart, tries 3)" },
    },
    {
      name: "an error with its cause",
      line: '{"level":50,"err":{"type":"AppError","message":"no space\\n  left","stack":"AppError: no\\n at x"},"msg":"cannot write"}',
      expected: { weight: "error", text: "cannot write: no space left" },
    },
    { name: "an information", line: '{"level":30,"msg":"ready"}', expected: { weight: "quiet", text: "ready" } },
    {
      name: "the message of a crash",
      line: "TypeError: x is not a function",
      expected: { weight: "crash", text: "TypeError: x is not a function" },
    },
    {
      name: "a complaint about the command line",
      line: "agent: unknown argument",
      expected: { weight: "crash", text: "agent: unknown argument" },
    },
    {
      name: "a line of a stack",
      line: "    at main (main.ts:3:1)",
      expected: { weight: "quiet", text: "at main (main.ts:3:1)" },
    },
    { name: "a source line before a stack", line: "/a/agent.cjs:12", expected: { weight: "quiet", text: "/a/agent.cjs:12" } },
    { name: "Node's own warning", line: "(node:7) Warning: x", expected: { weight: "quiet", text: "(node:7) Warning: x" } },
    { name: "something that is not quite JSON", line: '{"level":', expected: { weight: "quiet", text: '{"level":' } },
  ])("reads $name", ({ line, expected }) => {
    expect(readLogLine(line)).toEqual(expected);
  });

  it("keeps a long line short", () => {
    expect(readLogLine(`Error: ${"x".repeat(1000)}`).text).toHaveLength(600);
  });
});
