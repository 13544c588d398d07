/** What a machine is, told on machines of four makes, and on this one by what uname, getconf and free say. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openHost } from "../../agent/src/doctor.ts";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import { system } from "../../agent/src/probes/system.ts";
import { factsAt, runToPayload } from "../../agent/src/probes/test-support/payload-view.ts";
import { unpackTar } from "../../agent/src/probes/test-support/recorded-trees.ts";
import { missingForRecordings } from "../../agent/src/probes/test-support/recordings.ts";
import { systemClock } from "../../packages/shared/src/index.ts";

const missing = missingForRecordings("tar");
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

function said(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8" }).trim();
}

describe("feature 17: operating system, kernel, processors, memory, board", () => {
  it("of a Raspberry Pi 5, by its device tree", async () => {
    const payload = await runToPayload(
      system,
      await openHost(join(import.meta.dirname, "../fixtures/hosts/bobcat"), systemClock),
    );

    expect(factsAt(payload, "operating_system")).toMatchObject({
      id: "debian",
      prettyName: expect.stringContaining("Debian GNU/Linux"),
      kernelRelease: "6.12.25+rpt-rpi-2712",
      architecture: "aarch64",
      hostname: "bobcat",
    });
    expect(factsAt(payload, "board")).toMatchObject({
      vendor: "Raspberry Pi Ltd",
      productName: "Raspberry Pi 5 Model B Rev 1.0",
    });
    expect(factsAt(payload, "cpu")).toMatchObject({ modelName: "Cortex-A76", logicalCount: 4, coreCount: 4 });
    expect(factsAt(payload, "memory")).toMatchObject({ totalBytes: expect.stringMatching(/^8\d{9}$/) });
  });

  it.skipIf(missing !== undefined).each([
    {
      archive: "sys/hwloc__nvidia-dgx-gb10.tar.bz2",
      inside: "nvidia-dgx-gb10",
      board: { vendor: "NVIDIA", productName: "NVIDIA_DGX_Spark" },
    },
    {
      archive: "sys/hwloc__20em64t-hybrid-1p6c2t+2ca4co1t.tar.bz2",
      inside: "20em64t-hybrid-1p6c2t+2ca4co1t",
      board: { vendor: "HP", boardName: "8B41" },
    },
  ])(`of $inside, by its firmware${note}`, async ({ archive, inside, board }) => {
    using tree = unpackTar(archive, inside);

    const payload = await runToPayload(system, createLocalHost({ root: tree.root, clock: systemClock }));

    expect(factsAt(payload, "board")).toMatchObject(board);
    expect(factsAt(payload, "memory")).toMatchObject({
      totalBytes: said("awk", '/^MemTotal:/ { printf "%.0f", $2 * 1024 }', join(tree.root, "proc/meminfo")),
    });
  });

  it("of this machine, as uname, getconf and awk say", async () => {
    const payload = await runToPayload(system, await openHost("/", systemClock));

    expect(factsAt(payload, "operating_system")).toMatchObject({
      kernelRelease: said("uname", "-r"),
      architecture: said("uname", "-m"),
      hostname: said("uname", "-n"),
    });
    expect(factsAt(payload, "cpu")).toMatchObject({ logicalCount: Number(said("getconf", "_NPROCESSORS_ONLN")) });
    expect(factsAt(payload, "memory")).toMatchObject({
      totalBytes: said("awk", '/^MemTotal:/ { printf "%.0f", $2 * 1024 }', "/proc/meminfo"),
    });
  });
});
