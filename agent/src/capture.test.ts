import { cp, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Capture, captureHost } from "./capture.ts";
import { type Examination, openHost, probes, runDoctor } from "./doctor.ts";
import { createTempDirectory } from "./test-support/temp-directory.ts";

const bobcat = join(import.meta.dirname, "../../test/fixtures/hosts/bobcat");
const signal = new AbortController().signal;
/** Ages, such as that of a handshake, are the same whenever a host is read. */
const atOneMoment = new FakeClock();

let folder: Awaited<ReturnType<typeof createTempDirectory>>;

beforeEach(async () => {
  folder = await createTempDirectory();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

async function capture(root: string, name: string, isRedacted = true): Promise<Capture & { readonly root: string }> {
  const place = join(folder.path, name);
  const host = await openHost(root, atOneMoment);
  return { ...(await captureHost({ host, probes, clock: systemClock, folder: place, isRedacted, signal })), root: place };
}

async function examine(root: string): Promise<readonly Examination[]> {
  return await runDoctor({ host: await openHost(root, atOneMoment), probes, clock: systemClock, signal });
}

/** A report as lines that can be compared: without durations, and in an order that does not hang on names. */
function linesOf(examinations: readonly Examination[], change: (text: string) => string = (text) => text): readonly string[] {
  return examinations
    .flatMap(({ probe, outcome, failure, payload }) => [
      { probe, outcome, failure },
      ...(payload === undefined ? [] : [...payload.subjects, ...payload.lists, ...payload.samples]),
    ])
    .map((part) => change(JSON.stringify(part, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))))
    .sort();
}

/** Everything below a folder, as text: names, links and bytes. */
async function allTextOf(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const texts = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? await readFile(path, "latin1") : entry.isSymbolicLink() ? await readlink(path) : "";
    return `${path.slice(root.length)}\n${content}`;
  });
  return (await Promise.all(texts)).join("\n").toLowerCase();
}

/** A machine by its own names, to be planted in the place of bobcat's. */
interface Identity {
  readonly serial: string;
  readonly nguid: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly hostName: string;
  readonly mac: string;
  readonly lan: readonly [number, number, number];
  readonly ula: string;
  readonly server: readonly [number, number, number, number];
  readonly share: string;
}

const hexadecimal = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""))
    .filter((digits) => new Set(digits).size > 2);
const octet = fc.integer({ min: 1, max: 254 });
const privateOctet = fc.constantFrom(10, 77, 100, 172, 198, 192, 203, 223);
const identity: fc.Arbitrary<Identity> = fc.record({
  serial: fc.stringMatching(/^[A-Z]{2}[0-9A-Z]{5,12}$/).filter((text) => /\d/.test(text)),
  nguid: hexadecimal(32),
  machineId: hexadecimal(32),
  bootId: hexadecimal(32).map((digits) => digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")),
  hostName: fc.stringMatching(/^[a-z]{2}[a-z0-9]{1,8}q$/),
  mac: hexadecimal(10).map((digits) => `d8:${(digits.match(/../g) ?? []).join(":")}`),
  lan: fc.tuple(privateOctet, octet, octet),
  ula: hexadecimal(10).map((digits) => `fd${digits}`),
  server: fc.tuple(privateOctet, octet, octet, octet),
  share: fc.stringMatching(/^[a-z]{6,12}$/),
});

/** Bobcat's own words, in each form in which its tree holds them, and what stands for them. */
function substitutions(planted: Identity): readonly (readonly [string, string])[] {
  const word = (numbers: readonly number[]): string =>
    numbers
      .map((number) => number.toString(16).toUpperCase().padStart(2, "0"))
      .reverse()
      .join("");
  const ulaText = `${planted.ula.slice(0, 4)}:${planted.ula.slice(4, 8)}:${planted.ula.slice(8)}a`;
  return [
    ["92SA70ABCDEF", planted.serial],
    ["00000000000000018ce38e0300a1b2c3", planted.nguid],
    ["b0bca70000004000800000000000b0b1", planted.machineId],
    ["bobcat", planted.hostName],
    ["d8:3a:dd:01:23:45", planted.mac],
    ["192.168.20.", `${planted.lan.join(".")}.`],
    ["14A8C0", word(planted.lan)],
    ["fd12:3456:789a", ulaText],
    ["fd123456789a", `${planted.ula}a`.padStart(12, "0").slice(-12)],
    ["100.64.0.2", planted.server.join(".")],
    ["/export/media", `/export/${planted.share}`],
  ];
}

/** Bobcat with another identity. */
async function plant(planted: Identity, name: string): Promise<string> {
  const root = join(folder.path, name);
  await cp(bobcat, root, { recursive: true, verbatimSymlinks: true });
  const bootId = join(root, "proc/sys/kernel/random/boot_id");
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "SOURCE.md" || entry.name === "expected-report.json") continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "latin1");
    const changed = substitutions(planted).reduce((before, [from, to]) => before.replaceAll(from, to), text);
    if (changed !== text) await writeFile(path, changed, "latin1");
  }
  await writeFile(bootId, `${planted.bootId}\n`);
  return root;
}

describe("a recording without its identity", () => {
  it("replays to the report of the host, but for the values that were replaced", async () => {
    const before = await examine(bobcat);

    const recorded = await capture(bobcat, "redacted");

    expect(linesOf(await examine(recorded.root))).toEqual(linesOf(before, recorded.redactText));
    expect(Object.fromEntries(recorded.replaced ?? [])).toMatchObject({
      "serial numbers": 2,
      "host names": 4, // its own, two peers', and the tailnet's
      "mount sources": 1,
    });
  });

  it("holds none of what says whose machine it is", async () => {
    const recorded = await capture(bobcat, "redacted");

    const text = await allTextOf(recorded.root);
    for (const value of ["92SA70ABCDEF", "b0bca7000000", "8ce38e0300a1b2c3", "bobcat", "d8:3a:dd", "192.168.20.", "14A8C0"]) {
      expect(text).not.toContain(value.toLowerCase());
    }
    expect(text).not.toMatch(/10\.42\.3\.1|100\.64\.0\.2|fd12:3456|fd123456789a|\/export\/media/);
    expect(text).toContain("kioxia-exceria g2 ssd");
  });

  it("gives one value one replacement within a recording, and another one in the next", async () => {
    const [first, second] = [await capture(bobcat, "first"), await capture(bobcat, "second")];

    const serialOf = async ({ root }: { readonly root: string }): Promise<string> =>
      (await readFile(join(root, "sys/class/nvme/nvme0/serial"), "utf8")).trim();
    const serial = await serialOf(first);
    expect(serial).toMatch(/^\d{2}[A-Z]{2}\d{2}[A-Z]{6}$/);
    expect(await readFile(join(first.root, "run/udev/data/b259:0"), "utf8")).toContain(`E:ID_SERIAL_SHORT=${serial}`);
    expect(first.redactText("disk 92SA70ABCDEF")).toBe(`disk ${serial}`);
    expect(await serialOf(second)).not.toBe(serial);
  });

  it("leaves no identity and the same report, whatever the identity is", { timeout: 240_000 }, async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(identity, async (planted) => {
        round += 1;
        const root = await plant(planted, `host-${round}`);

        const recorded = await capture(root, `redacted-${round}`);

        const text = await allTextOf(recorded.root);
        for (const [, value] of substitutions(planted).slice(0, 5)) expect(text).not.toContain(value.toLowerCase());
        expect(text).not.toContain(planted.bootId);
        expect(text).not.toMatch(new RegExp(`(?<![\\d.])${planted.lan.join("\\.")}\\.\\d`));
        expect(text).not.toMatch(new RegExp(`(?<![\\d.])${planted.server.join("\\.")}(?!\\d)`));
        expect(text).not.toContain(`/export/${planted.share}`);
        expect(linesOf(await examine(recorded.root))).toEqual(linesOf(await examine(root), recorded.redactText));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  it("leaves out what programs wrote into the kernel's log, and how the kernel was started", async () => {
    const root = join(folder.path, "host");
    await cp(bobcat, root, { recursive: true, verbatimSymlinks: true });
    await writeFile(
      join(root, "dev/kmsg"),
      "5,0,0,-;Command line: token=secret\n30,1,9,-;app[7]: secret\n4,2,99,-;hwmon hwmon3: Undervoltage detected!\n",
    );

    const recorded = await capture(root, "redacted");

    expect(await readFile(join(recorded.root, "dev/kmsg"), "utf8")).toBe(
      "5,0,0,-;Command line: (left out)\n30,1,9,-;(left out)\n4,2,99,-;hwmon hwmon3: Undervoltage detected!\n",
    );
    expect(linesOf(await examine(recorded.root))).toEqual(linesOf(await examine(root), recorded.redactText));
  });

  it("is removed, and says so, when something would be left", async () => {
    const root = join(folder.path, "host");
    await cp(bobcat, root, { recursive: true, verbatimSymlinks: true });
    // Five numbers are no address for anybody, yet hold one that is bobcat's.
    await writeFile(join(root, "usr/lib/os-release"), 'ID=debian\nPRETTY_NAME="Debian 7.192.168.20.41"\n');

    await expect(capture(root, "redacted")).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(/was left in its content: \/usr\/lib\/os-release\. The recording was removed/),
    });
    await expect(readdir(join(folder.path, "redacted"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("replaces a value that is too short to look for where it stands, and nowhere else", async () => {
    const root = join(folder.path, "host");
    await cp(bobcat, root, { recursive: true, verbatimSymlinks: true });
    await writeFile(join(root, "sys/class/nvme/nvme0/serial"), "0001\n");

    const recorded = await capture(root, "redacted");

    expect(await readFile(join(recorded.root, "sys/class/nvme/nvme0/serial"), "utf8")).not.toContain("0001");
    expect(await readFile(join(recorded.root, "sys/block/nvme0n1/size"), "utf8")).toBe(
      await readFile(join(bobcat, "sys/block/nvme0n1/size"), "utf8"),
    );
  });

  it("keeps the names that every kernel has, even where the machine is called so", async () => {
    const root = join(folder.path, "host");
    await cp(bobcat, root, { recursive: true, verbatimSymlinks: true });
    await writeFile(join(root, "proc/sys/kernel/hostname"), "thermal\n");

    const recorded = await capture(root, "redacted");

    expect(await readFile(join(recorded.root, "proc/sys/kernel/hostname"), "utf8")).not.toContain("thermal");
    expect(await readdir(join(recorded.root, "sys/class"))).toContain("thermal");
  });
});

describe("a recording as it is", () => {
  it("replays to the report of the host", async () => {
    const recorded = await capture(bobcat, "plain", false);

    expect(recorded.replaced).toBeUndefined();
    expect(linesOf(await examine(recorded.root))).toEqual(linesOf(await examine(bobcat)));
  });

  it("is written into no folder that holds something", async () => {
    await mkdir(join(folder.path, "full/precious"), { recursive: true });

    await expect(capture(bobcat, "full")).rejects.toMatchObject({ code: "DIRECTORY_NOT_WRITABLE" });
    expect(await readdir(join(folder.path, "full"))).toEqual(["precious"]);
  });

  it("says at once that a folder cannot be made: below one that is not there, and in /proc", async () => {
    await expect(capture(bobcat, "not/there")).rejects.toMatchObject({
      code: "DIRECTORY_NOT_WRITABLE",
      message: `cannot record into ${join(folder.path, "not/there")}: ${join(folder.path, "not")} is not there`,
    });
    await expect(capture(bobcat, "../../proc/recording")).rejects.toMatchObject({ code: "DIRECTORY_NOT_WRITABLE" });
  });
});
