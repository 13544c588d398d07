import { describe, expect, it } from "vitest";
import { shellWord } from "./shell-word.ts";

describe("shellWord", () => {
  it.each(["/mnt/disk2", "nvme0n1", "node/disk@1"])("leaves %s as it is", (text) => {
    expect(shellWord(text)).toBe(text);
  });

  it.each([
    ["", "''"],
    ["/mnt/a b", "'/mnt/a b'"],
    ["$(id) `id` ~ * !!", "'$(id) `id` ~ * !!'"],
    ["/mnt/'; echo pwned; '", String.raw`'/mnt/'\''; echo pwned; '\'''`],
  ])("makes one word of %j", (text, word) => {
    expect(shellWord(text)).toBe(word);
  });
});
