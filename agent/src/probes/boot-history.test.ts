/** The part boot_history of the probe `system`, on files as glibc, systemd and utmpdump(1) write them. */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import type { Section } from "./support/section.ts";
import { parseBootHistory, readBootHistory } from "./support/system/boot-history.ts";
import { keepBootRecords, parseBootRecords } from "./support/system/boot-records.ts";
import { denied, TreeHost } from "./test-support/tree-host.ts";
import { boot, login, shutdown, wtmpOf } from "./test-support/wtmp.ts";

const hasUtmpdump = spawnSync("utmpdump", ["--version"], { stdio: "ignore" }).status === 0;

async function historyOf(files: Readonly<Record<string, Buffer>>): Promise<Section> {
  const entries = Object.entries(files).map(([name, bytes]) => [`/var/log/${name}`, bytes.toString("latin1")]);
  return parseBootHistory(await readBootHistory(new TreeHost(Object.fromEntries(entries))));
}

function bootsIn({ subject }: Section): readonly object[] {
  if (subject.value.case !== "bootHistory") throw new Error(`${subject.failure?.message}`);
  return subject.value.value.boots.map(({ startedAtUnixMs, endedAtUnixMs, wasShutDown, kernelRelease }) => ({
    from: Number(startedAtUnixMs) / 1000,
    ...(endedAtUnixMs !== undefined && { to: Number(endedAtUnixMs) / 1000 }),
    ...(wasShutDown !== undefined && { wasShutDown }),
    kernelRelease,
  }));
}

describe("boot_history", () => {
  it.each([384, 400] as const)(
    "tells shutdowns from power cuts, the newest boot first, in records of %i bytes",
    async (bytes) => {
      const records = [boot(1000, "6.1"), login(1100), shutdown(2000, "6.1"), boot(3000), boot(4000), login(4100), login(4200)];

      const section = await historyOf({ wtmp: wtmpOf(records, bytes) });

      expect(bootsIn(section)).toEqual([
        { from: 4000, kernelRelease: "6.12.47-amd64" },
        { from: 3000, wasShutDown: false, kernelRelease: "6.12.47-amd64" },
        { from: 1000, to: 2000, wasShutDown: true, kernelRelease: "6.1" },
      ]);
    },
  );

  it("goes on in the file before, and at most 32 boots back", async () => {
    const older = wtmpOf(Array.from({ length: 30 }, (_, index) => boot(1000 + index)));
    const newer = wtmpOf([shutdown(1500), ...Array.from({ length: 5 }, (_, index) => boot(2000 + index))]);

    const boots = bootsIn(await historyOf({ "wtmp.1": older, wtmp: newer }));

    expect(boots).toHaveLength(32);
    expect(boots[5]).toEqual({ from: 1029, to: 1500, wasShutDown: true, kernelRelease: "6.12.47-amd64" });
    expect(boots.at(-1)).toMatchObject({ from: 1003 });
  });

  it("takes the change to run level 0 or 6 for a shutdown, as sysvinit writes it", async () => {
    const level = (character: string) => ({ type: 1, user: "runlevel", processId: character.charCodeAt(0), seconds: 1500 });

    expect(bootsIn(await historyOf({ wtmp: wtmpOf([boot(1000), level("2"), boot(2000)]) }))).toMatchObject([
      {},
      { wasShutDown: false },
    ]);
    expect(bootsIn(await historyOf({ wtmp: wtmpOf([boot(1000), level("6"), boot(2000)]) }))).toMatchObject([
      {},
      { wasShutDown: true, to: 1500 },
    ]);
  });

  it("leaves out records that a power cut tore or overwrote", async () => {
    const bytes = wtmpOf([boot(1000), login(1001), login(1002), boot(2000), boot(3000)]);
    bytes.fill(0xff, 384, 768);

    expect(bootsIn(await historyOf({ wtmp: bytes.subarray(0, -100) }))).toMatchObject([{ from: 2000 }, { from: 1000 }]);
  });

  it("is absent where the system keeps no such file, or an empty one", async () => {
    expect((await historyOf({})).subject.outcome).toBe(Outcome.ABSENT);
    expect((await historyOf({ wtmp: Buffer.alloc(0) })).subject.outcome).toBe(Outcome.ABSENT);
  });

  it("fails on something else, and where it may not be read", async () => {
    const other = await historyOf({ wtmp: Buffer.from("x".repeat(2_000)) });
    const refused = parseBootHistory(await readBootHistory(new TreeHost({ "/var/log/wtmp": denied("/var/log/wtmp") })));

    expect(other.subject.failure?.message).toBe("/var/log/wtmp: it is no list of utmp records");
    expect(refused.subject.failure?.code).toBe("HOST_PERMISSION_DENIED");
  });

  it("looks at the last mebibyte of a long file, and lets nobody see who logged in", async () => {
    await using folder = await createTempDirectory();
    execFileSync("mkdir", ["-p", join(folder.path, "var/log")]);
    const records = [boot(1000), ...Array.from({ length: 5_000 }, (_, index) => login(1001 + index)), boot(9000), login(9001)];
    await writeFile(join(folder.path, "var/log/wtmp"), wtmpOf(records));

    const readings = await readBootHistory(createLocalHost({ root: folder.path, clock: systemClock }));

    expect(bootsIn(parseBootHistory(readings))).toEqual([{ from: 9000, kernelRelease: "6.12.47-amd64" }]);
    expect(JSON.stringify(readings)).not.toMatch(/alice|192\.0\.2\.7/);
  });

  it.skipIf(!hasUtmpdump)(`reads what utmpdump writes${hasUtmpdump ? "" : " (skipped: not installed)"}`, async () => {
    const line = (type: number, user: string, kernel: string, at: string): string =>
      `[${type}] [00000] [~~  ] [${user.padEnd(8)}] [~           ] [${kernel.padEnd(20)}] [0.0.0.0        ] [${at}]\n`;
    const input = [
      line(2, "reboot", "6.1.0-13-amd64", "2026-10-01T08:00:00,123456+00:00"),
      line(7, "alice", "192.0.2.7", "2026-10-01T09:00:00,000001+00:00"),
      line(1, "shutdown", "6.1.0-13-amd64", "2026-10-02T22:00:00,500000+00:00"),
      line(2, "reboot", "6.1.0-14-amd64", "2026-10-03T08:00:00,000000+00:00"),
    ].join("");
    const wtmp = execFileSync("utmpdump", ["-r"], { input, stdio: ["pipe", "pipe", "ignore"] });

    expect(bootsIn(await historyOf({ wtmp }))).toEqual([
      { from: Date.UTC(2026, 9, 3, 8) / 1000, kernelRelease: "6.1.0-14-amd64" },
      {
        from: Date.UTC(2026, 9, 1, 8) / 1000 + 0.123,
        to: Date.UTC(2026, 9, 2, 22) / 1000 + 0.5,
        wasShutDown: true,
        kernelRelease: "6.1.0-13-amd64",
      },
    ]);
  });
});

describe("records of boots", () => {
  const record = fc.oneof(
    fc.integer({ min: 1, max: 4e9 }).map((seconds) => boot(seconds)),
    fc.integer({ min: 1, max: 4e9 }).map((seconds) => shutdown(seconds)),
    fc.integer({ min: 1, max: 4e9 }).map((seconds) => login(seconds)),
  );

  it("are the same in what is kept of a file, whatever its records", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), fc.constantFrom(384, 400), (records, bytes) => {
        const text = wtmpOf(records, bytes).toString("latin1");
        const kept = keepBootRecords(text);

        expect(parseBootRecords(text)).toHaveLength(records.filter(({ type }) => type !== 7).length);
        expect(parseBootRecords(kept)).toEqual(parseBootRecords(text));
        expect(keepBootRecords(kept)).toBe(kept);
        expect(kept).not.toContain("alice");
      }),
    );
  });

  it("stay in their range in any bytes, damaged files included", async () => {
    const damaged = fc.tuple(
      fc.array(record, { minLength: 1, maxLength: 9 }),
      fc.array(fc.tuple(fc.nat(3_600), fc.nat(255)), { maxLength: 40 }),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 4_000 }).map((each) => Buffer.from(each)),
      damaged.map(([records, changes]) => {
        const file = wtmpOf(records);
        for (const [at, value] of changes) if (at < file.length) file[at] = value;
        return file;
      }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (wtmp) => {
        const { subject } = await historyOf({ wtmp });

        if (subject.outcome === Outcome.FAILED) expect(subject.failure?.code).toBe("HOST_ANSWER_MALFORMED");
        if (subject.value.case !== "bootHistory") return;
        for (const { startedAtUnixMs = 0n, endedAtUnixMs = 0n, kernelRelease } of subject.value.value.boots) {
          for (const at of [startedAtUnixMs, endedAtUnixMs]) expect(at >= 0n && at <= BigInt(Date.UTC(2200, 0))).toBe(true);
          expect(Buffer.byteLength(kernelRelease)).toBeLessThanOrEqual(128);
        }
      }),
      { numRuns: 500 },
    );
  });
});
