import { describe, expect, it } from "vitest";
import { readAddress, readAddresses } from "./read-address.ts";

describe("readAddress", () => {
  it("is without the stroke at the end, and each address is there once", () => {
    expect(readAddresses("--ollama-url", ["http://a:1/", " http://a:1", "https://bücher:2/x/"])).toEqual([
      "http://a:1",
      "https://bücher:2/x",
    ]);
  });

  it.each(["siberian", "siberian:11434", "file:///etc/passwd", ""])("refuses %j with the flag that it stood at", (text) => {
    expect(() => readAddress("--tools-url", text)).toThrow("--tools-url expects a URL");
  });
});
