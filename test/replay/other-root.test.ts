/** This machine as a container sees it: its root filesystem mounted with all that lies in it below another folder. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostReport } from "../support/report.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const program = join(import.meta.dirname, "../support/record-host.ts");
const canMount = spawnSync("unshare", ["-m", "true"], { stdio: "ignore" }).status === 0;
const note = canMount ? "" : " (skipped: mounting needs root)";

/** Facts that are read in another way below another root, or that change while one looks. */
function comparable(report: HostReport): unknown {
  const subjects = Object.values(report).flatMap((probe) => probe.subjects ?? []);
  return JSON.parse(
    JSON.stringify(subjects, (key, value: unknown) => (key === "hostname" || key === "inodesTotal" ? undefined : value)),
  );
}

describe(`this machine below another root${note}`, () => {
  it.skipIf(!canMount)("gives the same facts as under /", { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    const root = join(folder.path, "root");
    mkdirSync(root);
    const script = 'mount --rbind / "$0" && exec "$@"';
    const below = [root, process.execPath, program, join(folder.path, "below"), root];

    const there: HostReport = JSON.parse(execFileSync("unshare", ["-m", "sh", "-c", script, ...below], { encoding: "utf8" }));
    const here: HostReport = JSON.parse(
      execFileSync(process.execPath, [program, join(folder.path, "here")], { encoding: "utf8" }),
    );

    expect(comparable(there)).toEqual(comparable(here));
  });
});
