import { execFileSync } from "node:child_process";
import { relative } from "node:path";

import { describe, expect, it } from "vitest";

import { thisCheckout, workspaceFolders } from "./checkout.mjs";

describe("workspaceFolders", () => {
  it("lists the packages that pnpm sees", () => {
    const checkout = thisCheckout();
    const output = execFileSync("pnpm", ["--recursive", "list", "--depth=-1", "--json"], {
      cwd: checkout.root,
      encoding: "utf8",
    });
    /** @type {readonly { path: string }[]} */
    const packages = JSON.parse(output);

    const folders = packages.map(({ path }) => relative(checkout.root, path)).filter((path) => path !== "");

    expect(workspaceFolders(checkout).toSorted()).toEqual(folders.toSorted());
  });
});
