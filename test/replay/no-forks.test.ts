/** What the probes start on this machine, by strace: smartctl, chronyc where chronyd runs, and `stat` for mounts that may hang. Nothing else, ever. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const allowed = /^execve\("(?:\/usr)?\/s?bin\/(?:chronyc|smartctl|stat)", \["\S+/;
const program = join(import.meta.dirname, "../support/record-host.ts");

function whyNot(): string | undefined {
  const { status } = spawnSync("strace", ["-qq", "true"], { stdio: "ignore" });
  return status === 0 ? undefined : "strace is not installed, or may not trace";
}

const reason = whyNot();

describe(`the probes${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
  it.skipIf(reason !== undefined)(
    "start no program but those of the table, and those with an empty environment",
    { timeout: 120_000 },
    async () => {
      await using folder = await temporaryFolder();
      const log = join(folder.path, "trace");
      const tracing = ["-f", "-qq", "-v", "-s", "200", "-e", "trace=execve,execveat", "-o", log];

      execFileSync("strace", [...tracing, process.execPath, program, join(folder.path, "host")], { stdio: "ignore" });

      const [own, ...started] = execFileSync("sed", ["s/^[0-9]* *//", log], { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.startsWith("exec"));
      expect(own).toContain("record-host.ts");
      for (const line of started) {
        expect(line).toMatch(allowed);
        expect(line).toMatch(/\], \["LC_ALL=C"\]\)/);
      }
    },
  );
});
