import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/** Chaos wants the machine for itself: .ci/run has a stage for it, and so may you (CONTRIBUTING). */
const chaos = process.env["NODEKEEPER_CHAOS_MINUTES"] === undefined ? ["test/chaos/bad-hours.test.ts"] : [];

/** Files that take half a minute and more. They begin first, so that none of them is waited for alone in the end. */
const longest = [
  "test/faults/faults",
  "test/cluster-fleet/promises",
  "test/week/",
  "test/durability/guest-kill",
  "test/harm/sleeping-gpu",
  "test/harm/strace",
  "test/kubernetes/crash",
  "test/agent-access/enroll",
  "test/durability/kill",
  "test/vm/faults",
  "test/longhorn/fresh-node",
  "test/longhorn/drift",
  "test/longhorn/dying-drive",
  "test/longhorn/stand",
  "test/longhorn/longhorn-",
  "test/identity/rotation",
  "test/harm/hanging-simulated",
  "test/tls/hostile-clients",
  "test/arm64/golden",
  "test/harm/hanging",
  "collector/src/store/salvage",
  "test/replay/mutation",
  "test/restore/",
  "test/kubernetes/lease",
  "test/faults/",
  "test/gpu/game",
  "test/ollama/routing",
  "test/open-webui/",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]): Promise<typeof files> {
    const rank = ({ moduleId }: (typeof files)[number]): number => {
      const index = longest.findIndex((start) => moduleId.includes(`/${start}`));
      return index === -1 ? longest.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** No tests: what was built, and what others built. */
const exclude = ["**/node_modules/**", "**/dist/**", ...chaos];

/** One runner for the whole workspace: unit tests lie beside their source, the rest in test/. */
export default defineConfig({
  test: {
    environment: "node",
    testTimeout: 20_000,
    // At least three: much of the time goes into waiting for guests, intervals and programs that hang. Four starve what is bound to seconds.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{agent,collector,proto,packages/*}/src/**/*.test.ts", "packages/bootstrap/src/**/*.test.mjs"],
          exclude,
          // Nothing in our modules outlives a test: files share a worker and what it has imported, which is most of the time of a short one.
          isolate: false,
        },
      },
      {
        extends: true,
        // Real programs start and stop on a machine that is busy with the others; a longer limit costs nothing where all is well.
        test: { name: "system", include: ["test/**/*.test.ts"], exclude, testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
