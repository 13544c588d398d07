import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileOptions, keepFileOptions } from "./k3s-file.ts";
import { commandOptions, keepCommand, mergeOptions, withoutCredentials } from "./k3s-options.ts";

function said(text: string): readonly string[] {
  return fileOptions(text).map(({ key, value, isAdded }) => `${key}${isAdded === true ? "+" : ""}=${value}`);
}

describe("a configuration file of K3s", () => {
  it.each([
    { name: "plain", text: "node-name: neko\n", options: ["node-name=neko"] },
    {
      name: "quoted",
      text: "\"node-name\": 'ne''ko' # it\r\ndata-dir: \"/a\\tb\"\n",
      options: ["node-name=ne'ko", "data-dir=/a\tb"],
    },
    {
      name: "a list",
      text: "node-ip:\n- 10.0.0.1\n# and\n- '10.0.0.2'\nserver: x\n",
      options: ["node-ip=10.0.0.1", "node-ip=10.0.0.2", "server=x"],
    },
    { name: "a list in a line", text: "node-ip: [10.0.0.1, 'fd00::1']\n", options: ["node-ip=10.0.0.1", "node-ip=fd00::1"] },
    { name: "added", text: "node-ip+: 10.0.0.9\n", options: ["node-ip+=10.0.0.9"] },
    { name: "commented out", text: "#node-name: neko\n", options: [] },
    { name: "deeper", text: "other:\n  node-name: neko\n", options: [] },
    { name: "in a form of its own", text: "node-name: |\n  neko\nserver: *alias\ndata-dir: !!str /x\n", options: [] },
    { name: "without a value", text: "node-name:\nserver:\n", options: [] },
    { name: "others'", text: "token: s3cret\nagent-token: s3cret\ndatastore-endpoint: s3cret\n", options: [] },
    {
      name: "a word with a sign in it",
      text: "server: https://a:6443 # b\nnode-name: a#b\n",
      options: ["server=https://a:6443", "node-name=a#b"],
    },
  ])("is read: $name", ({ text, options }) => {
    expect(said(text)).toEqual(options);
  });

  it("keeps nothing but its options, and says with them the same again, whatever it is", () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom("node-name", "node-ip", "node-ip+", "server", "token"), fc.string())
        .map(([key, value]) => `${key}: ${value}`),
      fc.string().map((value) => `  - ${value}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join("\n");
        const kept = keepFileOptions(text);

        expect(keepFileOptions(kept)).toBe(kept);
        expect(mergeOptions({ environment: [], files: [fileOptions(kept)], command: [] })).toEqual(
          mergeOptions({ environment: [], files: [fileOptions(text)], command: [] }),
        );
      }),
    );
  });

  it("keeps no token", () => {
    expect(keepFileOptions("token: s3cret\nserver: https://node:s3cret@neko:6443\nnode-name: neko\n")).not.toContain("s3cret");
    expect(keepFileOptions("server: s3cret@neko\n")).not.toContain("s3cret");
  });
});

describe("a command line of K3s", () => {
  it("is read in each of its forms", () => {
    const words = ["/usr/local/bin/k3s", "agent", "--node-ip", "10.0.0.1", "-s=https://a:6443", "--node-name=x", "--token", "t"];

    expect(commandOptions(words)).toEqual([
      { key: "node-ip", value: "10.0.0.1" },
      { key: "server", value: "https://a:6443" },
      { key: "node-name", value: "x" },
    ]);
  });

  it("keeps no token, and says the same again, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("--server", "--node-ip=1", "-d", "k3s", "server"))), (words) => {
        const kept = keepCommand(words);

        expect(keepCommand(kept)).toEqual(kept);
      }),
    );
    expect(keepCommand(["k3s", "server", "--token", "s3cret", "--server", "https://u:s3cret@a/"])).toEqual([
      ...["k3s", "server", "--server=https://a"],
    ]);
  });

  it("is freed of credentials in its addresses", () => {
    expect(withoutCredentials('K3S_URL="https://u:p@ss@neko:6443/"\nA="http://b"')).toBe(
      'K3S_URL="https://neko:6443/"\nA="http://b"',
    );
  });
});
