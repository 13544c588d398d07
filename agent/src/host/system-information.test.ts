import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBattery } from "./system-information.ts";

const folder = "/sys/class/power_supply";
const known = existsSync(folder) ? readdirSync(folder).filter((name) => name === "BAT0" || name === "BAT1") : [];

function hasTracer(): boolean {
  try {
    execFileSync("strace", ["-c", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("readBattery", () => {
  it.skipIf(known.length > 0)("fails, and does not make up a battery, on a machine without one", async () => {
    await expect(readBattery()).rejects.toMatchObject({
      code: "HOST_READ_FAILED",
      message: "cannot read the battery: systeminformation found none",
    });
  });

  it.skipIf(known.length !== 1)("says the charge of a laptop as the kernel does (needs a laptop: one battery)", async () => {
    const percent = Number(readFileSync(join(folder, known[0] ?? "", "capacity"), "utf8"));

    expect((await readBattery()).chargePercent).toBeCloseTo(percent, -1);
  });

  it.skipIf(!hasTracer())("starts no program (needs strace)", () => {
    const script = `import { readBattery } from ${JSON.stringify(join(import.meta.dirname, "system-information.ts"))};
      await readBattery().catch(() => undefined);`;
    const arguments_ = ["-f", "-qq", "-e", "trace=execve,fork,vfork", process.execPath, "--input-type=module", "-e", script];

    const traced = execFileSync("sh", ["-c", 'strace "$@" 2>&1 >/dev/null', "sh", ...arguments_], {
      encoding: "utf8",
      cwd: import.meta.dirname,
    });

    const programs = traced.split("\n").filter((line) => line.includes("execve("));
    expect(programs).toHaveLength(1);
    expect(traced).not.toMatch(/\bv?fork\(/);
  });
});
