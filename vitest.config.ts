import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** One runner for the whole workspace: unit tests lie beside their source, the rest in test/. */
export default defineConfig({
  test: {
    include: ["{agent,collector,proto,packages/*}/src/**/*.test.ts", "packages/bootstrap/src/**/*.test.mjs", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    environment: "node",
    testTimeout: 20_000,
    // At least two: much of the time goes into waiting for guests, intervals and programs that hang.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
