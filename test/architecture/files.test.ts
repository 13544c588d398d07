/** The form of files: small, named by what is inside, and saying what they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { version } from "../../packages/shared/src/names.ts";
import { allSources, productSources, repositoryRoot } from "./sources.ts";

const maximumLines = 300;

describe("files", () => {
  it(`have at most ${maximumLines} lines`, () => {
    const long = productSources().filter((file) => file.text.split("\n").length > maximumLines);

    expect(long.map((file) => file.path)).toEqual([]);
  });

  it("begin with a comment that says what they are", () => {
    const silent = productSources().filter((file) => !file.text.replace(/^#!.*\n/, "").startsWith("/**"));

    expect(silent.map((file) => file.path)).toEqual([]);
  });

  it("are named in kebab-case", () => {
    const odd = allSources().filter(
      (file) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.property)?(?:\.test)?\.tsx?$/.test(file.path.split("/").at(-1) ?? ""),
    );

    expect(odd.map((file) => file.path)).toEqual([]);
  });

  it("mock no module", () => {
    const mocking = allSources().filter((file) => /\bvi\.mock\(/.test(file.code));

    expect(mocking.map((file) => file.path)).toEqual([]);
  });
});

describe("packages", () => {
  it.each([
    "package.json",
    "agent/package.json",
    "collector/package.json",
    "proto/package.json",
    "packages/shared/package.json",
    "packages/cli/package.json",
  ])("carry one version: %s", (path) => {
    const manifest: unknown = JSON.parse(readFileSync(join(repositoryRoot, path), "utf8"));

    expect(manifest).toMatchObject({ version });
  });
});
