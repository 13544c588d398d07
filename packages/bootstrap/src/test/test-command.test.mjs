/** `npm test` as a whole, with a fake pnpm in the place of vitest. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createFakeCheckout } from "../fakes/fake-checkout.mjs";
import { runtimes } from "../fakes/runtimes.mjs";

/** @import { FakeCheckout } from "../fakes/fake-checkout.mjs" */

describe.each(runtimes)("npm test on Node $version", (runtime) => {
  /** @type {FakeCheckout} */
  let checkout;

  beforeEach(() => {
    checkout = createFakeCheckout(runtime);
  });

  afterEach(() => checkout.remove());

  it("installs, builds, runs the tests, and closes with what was skipped and the count", async () => {
    const run = checkout.run("test.mjs", []);

    expect(await run.exitCode).toBe(0);
    expect(run.output()).toMatch(
      /\nSkipped:\n {2}a\.test\.ts > reads a disk - smartctl is not installed\n\n2 passed, 0 failed, 1 skipped\n$/,
    );
    expect(checkout.events()).toEqual(["pnpm install", "pnpm build", "pnpm exec"]);
    expect(readdirSync(join(checkout.root, "node_modules/.nodekeeper")).toSorted()).toEqual(["build", "dependencies"]);
  });

  it("fails when vitest fails without a failed test", async () => {
    const run = checkout.run("test.mjs", ["missing.test.ts"]);

    expect(await run.exitCode).toBe(1);
    expect(run.output()).toMatch(/\nFailed:\n {2}vitest - ended with exit code 1\n\n0 passed, 1 failed\n$/);
  });
});
