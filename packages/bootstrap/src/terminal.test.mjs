import { PassThrough } from "node:stream";

import { describe, expect, it } from "vitest";

import { createTerminal } from "./terminal.mjs";

describe("createTerminal", () => {
  it("shows the text before the work, and the time after it", async () => {
    const { terminal, text } = fakeTerminal(false);

    const result = await terminal.progress("Building", async () => {
      expect(text()).toBe("Building … ");
      return 7;
    });

    expect(result).toBe(7);
    expect(text()).toBe("Building … 0.0 s\n");
  });

  it("gives a line that comes meanwhile a line of its own", async () => {
    const { terminal, text } = fakeTerminal(false);

    await terminal.progress("Starting", async () => terminal.line("a warning"));

    expect(text()).toBe("Starting … \na warning\nStarting … 0.0 s\n");
  });

  it("rewrites the line on a terminal", async () => {
    const { terminal, text } = fakeTerminal(true);

    await terminal.progress("Building", async () => {});

    expect(text()).toBe("\rBuilding … \u001b[K\rBuilding … 0.0 s\u001b[K\n");
  });

  it("ends the line when the work fails", async () => {
    const { terminal, text } = fakeTerminal(false);

    const work = terminal.progress("Building", async () => {
      throw new Error("no");
    });

    await expect(work).rejects.toThrow("no");
    expect(text()).toBe("Building … \n");
  });
});

/** @param {boolean} isTTY */
function fakeTerminal(isTTY) {
  /** @type {any} a stream with the one property of a terminal that is asked for */
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
  let written = "";
  return {
    terminal: createTerminal(stream),
    text: () => {
      written += stream.read() ?? "";
      return written;
    },
  };
}
