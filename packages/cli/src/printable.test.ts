import { describe, expect, it } from "vitest";
import { printable } from "./printable.ts";
import { createTerminal } from "./terminal.ts";

describe("what is printed", () => {
  it.each([
    { name: "a sequence that clears the screen", text: "a\u001b[2Jb", printed: "a\ufffd[2Jb" },
    { name: "a sequence that hides what follows", text: "a\u001b[8mb", printed: "a\ufffd[8mb" },
    { name: "the same as one character", text: "a\u009b2Jb", printed: "a\ufffd2Jb" },
    { name: "a title of the window", text: "\u001b]0;x\u0007", printed: "\ufffd]0;x\ufffd" },
    { name: "a return to the line's begin", text: "refused\rdone", printed: "refused\ufffddone" },
    { name: "letters that are turned round", text: "neko\u202eoken", printed: "neko\ufffdoken" },
  ])("has $name disarmed", ({ text, printed }) => {
    expect(printable(text)).toBe(printed);
  });

  it("keeps lines, umlauts and every colour of our own", () => {
    const terminal = createTerminal({ isTerminal: true, columns: 80, env: { TERM: "xterm" } });
    const tones = ["good", "warning", "bad", "quiet", "strong", "plain"] as const;
    const text = tones.map((tone) => terminal.paint(tone, "Schrödinger\n")).join("\t");

    expect(printable(text)).toBe(text);
  });
});
