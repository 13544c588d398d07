import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createFakeCheckout } from "../fakes/fake-checkout.mjs";
import { runtimes } from "../fakes/runtimes.mjs";

/** @import { FakeCheckout } from "../fakes/fake-checkout.mjs" */

describe.each(runtimes)("npm run nodekeeper on Node $version", (runtime) => {
  /** @type {FakeCheckout} */
  let checkout;

  beforeEach(() => {
    checkout = createFakeCheckout(runtime);
  });

  afterEach(() => checkout.remove());

  it("runs the CLI with Node 24 and gives its exit code", async () => {
    await checkout.run("test.mjs", []).exitCode; // builds

    const run = checkout.run("cli.mjs", ["node", "neko", "--json"]);

    expect(await run.exitCode).toBe(3);
    expect(run.output()).toBe(`${process.versions.node} node neko --json\n`);
  });

  it("says what to do when nothing is built yet", async () => {
    const run = checkout.run("cli.mjs", ["nodes"]);

    expect(await run.exitCode).toBe(64);
    expect(run.output()).toBe("nodekeeper: It is not built yet. Run this first: npm start\n");
  });
});
