/** Names and memory of GPUs as real drivers tell them: each has a name that a label may have, and a size that is sold. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordingsFolder } from "../../agent/src/probes/test-support/recordings.ts";
import { gpuMemoryGib } from "../../collector/src/policy/facts/gpu-memory-gib.ts";
import { gpuProduct } from "../../collector/src/policy/facts/gpu-product.ts";

const folder = join(recordingsFolder, "gpu-nvidia");
const found = existsSync(folder) ? recordedGpus() : [];

/** What `nvidia-smi -q` and its XML say of each GPU: name, and memory in MiB. */
function recordedGpus(): readonly (readonly [name: string, mib: number])[] {
  const gpus = new Map<string, number>();
  for (const entry of readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile())) {
    const text = readFileSync(join(folder, entry.name), "latin1");
    const pattern =
      /(?:<product_name>|Product Name\s+:\s)(?<name>[^<\n]+)[\s\S]{0,20000}?(?:<fb_memory_usage>\s*<total>|FB Memory Usage\s+Total\s+:\s)(?<mib>\d+) MiB/g;
    // Of one that is cut into instances each of them has its part.
    for (const { groups } of text.matchAll(pattern)) {
      const name = (groups?.["name"] ?? "").trim();
      gpus.set(name, Math.max(gpus.get(name) ?? 0, Number(groups?.["mib"])));
    }
  }
  return [...gpus].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe.skipIf(found.length === 0)(
  `recorded GPUs${found.length === 0 ? " (skipped: the recordings are not there)" : ""}`,
  () => {
    it("are of many kinds", () => {
      expect(found.length).toBeGreaterThan(10);
    });

    it.each(found)("%s with %i MiB", (name, mib) => {
      const gib = gpuMemoryGib(mib * 2 ** 20);

      expect(gpuProduct(name)).toMatch(/^[a-z0-9][a-z0-9.-]{0,61}[a-z0-9]$/);
      expect(gpuProduct(name)).not.toMatch(/nvidia|geforce|tesla|\d+gb/);
      expect(gib * 1024).toBeGreaterThanOrEqual(mib - 21); // a driver may count a little more
      expect(mib / (gib * 1024)).toBeGreaterThan(0.9);
    });
  },
);
