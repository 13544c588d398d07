/**
 * The kernel log on a real kernel: a flood through its real /dev/kmsg, and then an error that its own ext4 reports. The guest is emulated and has
 * one processor, so both writer and reader are too slow for the flood: what counts is that nothing is missed without a word, and nobody gives up.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmptyImage } from "./ext4-image.ts";
import { type Guest, startGuest } from "./guest.ts";
import { missingForGuests } from "./requirements.ts";

/** What follow-kernel-log.ts prints. */
interface Followed {
  readonly records: number;
  readonly lost: number;
  readonly suppressed: number;
  readonly malformed: number;
  readonly firstSequence: number;
  readonly nextSequence: number;
  readonly faults: readonly string[];
  readonly triggered: readonly string[];
  readonly cpuSeconds: number;
}

const linesPerSecond = 5_000;
const floodSeconds = 10;

/** Writes as fast as it is told to, however late it is woken, and prints how many lines that were. */
const floodProgram = `
const { openSync, writeSync } = require("node:fs");
const file = openSync("/dev/kmsg", "w");
const startedAt = Date.now();
let written = 0;
const write = () => {
  const elapsed = Math.min(Date.now() - startedAt, ${floodSeconds * 1000});
  for (; written < elapsed * ${linesPerSecond / 1000}; written++) writeSync(file, "<14>flood " + written + " " + "x".repeat(80));
  if (elapsed < ${floodSeconds * 1000}) setTimeout(write, 20);
  else console.log(written);
};
write();`;

/** The error is made after the flood. */
const script = `
set -e
echo on >/proc/sys/kernel/printk_devkmsg
mount -t ext4 -o errors=continue /dev/serial/data /mnt
mkfifo /tmp/stop
node --lite-mode /files/follow-kernel-log.mjs </tmp/stop >/tmp/followed.json 2>/tmp/followed.log &
follower=$!
exec 3>/tmp/stop
sleep 5
node /files/flood.cjs >/tmp/written
sleep 2
echo 'made up' >/sys/fs/ext4/$(basename $(readlink -f /dev/serial/data))/trigger_fs_error
sleep 5
exec 3>&-
wait $follower
cat /tmp/written /tmp/followed.json`;

const missing = await missingForGuests();

describe.skipIf(missing !== undefined)(
  `the kernel log of a guest${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let guest: Guest;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-kernel-log-"));
      await createEmptyImage(join(folder, "data"), 16 << 20);
      const bundle = join(folder, "follow-kernel-log.mjs");
      await build({
        entryPoints: [join(import.meta.dirname, "follow-kernel-log.ts")],
        outfile: bundle,
        bundle: true,
        platform: "node",
        format: "esm",
        // Packages that call require() need one.
        banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      });
      const flood = join(folder, "flood.cjs");
      await writeFile(flood, floodProgram);
      guest = await startGuest({
        files: [
          { hostPath: bundle, guestPath: "/follow-kernel-log.mjs" },
          { hostPath: flood, guestPath: "/flood.cjs" },
        ],
        disks: [{ image: join(folder, "data"), device: "virtio", serial: "data" }],
      });
    }, 300_000);

    afterAll(async () => {
      await guest?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    it("accounts for every record of a flood, and hears after it what the kernel's ext4 complains about", {
      timeout: 180_000,
    }, async () => {
      const { exitCode, stdout, stderr } = await guest.run(script);
      if (exitCode !== 0) throw new Error(`${stderr}\n${(await guest.run("cat /tmp/followed.log; dmesg | tail")).stdout}`);
      const [written = "", json = ""] = stdout.trim().split("\n");
      const followed = JSON.parse(json) as Followed; // our own program's output; a wrong shape fails the expectations
      process.stdout.write(`the kernel log of a guest, ${written} lines in ${floodSeconds} s: ${json}\n`);

      const { records, lost, suppressed, malformed, firstSequence, nextSequence, faults, triggered } = followed;
      expect(Number(written)).toBe(linesPerSecond * floodSeconds);
      expect(records + lost + suppressed).toBe(nextSequence - firstSequence);
      expect(nextSequence).toBeGreaterThan(Number(written));
      expect(malformed).toBe(0);
      expect(faults).toContainEqual(expect.stringMatching(/^filesystem-error vd/));
      expect(triggered.some((reason) => reason.includes("filesystem-error"))).toBe(true);
    });
  },
);
