import { chmod, mkdir, readdir, readFile, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namesIn, rangesOf, SpoolTrial } from "../test-support/spool-trial.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";

const minuteMs = 60_000;

async function segmentsIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith("segment-"));
}

describe("a spool in memory", () => {
  it("gives the newest of each probe first, then history from new to old", async () => {
    await using trial = await SpoolTrial.create();
    for (const [probe, name] of [
      ["system", "system 1"],
      ["disks", "disks 1"],
      ["system", "system 2"],
      ["system", "system 3"],
    ] as const)
      trial.append(probe, name);

    const batch = await trial.read();

    expect(namesIn(batch)).toEqual(["system 3", "disks 1", "system 2", "system 1"]);
  });

  it("lets what is new overtake history that has not been given", async () => {
    await using trial = await SpoolTrial.create();
    for (let index = 1; index <= 20; index++) trial.append("system", `old ${index}`, { samples: new Array(20).fill(1) });
    const first = await trial.read({ maximumBytes: 1024 });
    trial.append("system", "new");

    const second = await trial.read({ maximumBytes: 1024 });

    expect(namesIn(first)[0]).toBe("old 20");
    expect(namesIn(second)[0]).toBe("new");
    expect(namesIn(second)).not.toContain("old 20");
  });

  it("gives at least one observation, however small the room", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "x".repeat(5_000));

    expect(namesIn(await trial.read({ maximumBytes: 1024 }))).toHaveLength(1);
  });

  it("gives everything again on a new stream, but what is acknowledged", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "one");
    trial.append("disks", "two");
    const first = await trial.read();
    await trial.spool.acknowledge(rangesOf(first).slice(0, 1));

    expect(namesIn(await trial.read())).toEqual([]);
    expect(namesIn(await trial.read({ isRestart: true }))).toEqual(namesIn(first).slice(1));
  });

  it("ignores and counts acknowledgements of what it never gave", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "one");

    await trial.spool.acknowledge([
      { first: 1, last: 1 },
      { first: 90_000, last: 90_001 },
    ]);

    expect(trial.spool.status()).toMatchObject({ ignoredAckCount: 3, observationCount: 1 });
    expect(namesIn(await trial.read())).toEqual(["one"]);
  });

  it("keeps equal facts once", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "x".repeat(10_000));
    const one = trial.spool.status().memoryBytes;

    for (let index = 0; index < 9; index++) trial.append("system", "x".repeat(10_000));

    expect(trial.spool.status().memoryBytes).toBeLessThan(one + 9 * 600);
  });

  it("writes nothing while the collector acknowledges", async () => {
    await using trial = await SpoolTrial.create();
    const before = await stat(join(trial.directory, "state.json"));

    for (let minute = 0; minute < 30; minute++) {
      trial.append("system", `minute ${minute}`);
      await trial.spool.acknowledge(rangesOf(await trial.read()));
      await trial.pass(minuteMs);
    }

    expect((await readdir(trial.directory)).sort()).toEqual(["lock", "state.json"]);
    expect((await stat(join(trial.directory, "state.json"))).ino).toBe(before.ino);
  });
});

describe("a spool whose collector is silent", () => {
  it("writes to the disk after the time without acknowledgement, for its owner's eyes only", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "one");
    trial.append("system", "two");

    await trial.pass(minuteMs - 1);
    expect(await segmentsIn(trial.directory)).toEqual([]);
    await trial.pass(1);

    const [segment = ""] = await segmentsIn(trial.directory);
    expect((await stat(join(trial.directory, segment))).mode & 0o777).toBe(0o600);
    expect((await stat(trial.directory)).mode & 0o777).toBe(0o700);
    expect(trial.spool.status()).toMatchObject({ observationCount: 2 });
    expect(namesIn(await trial.read())).toEqual(["two", "one"]);
  });

  it("writes equal facts once into a file", async () => {
    await using trial = await SpoolTrial.create();
    for (let index = 0; index < 10; index++) trial.append("system", "x".repeat(10_000));

    await trial.pass(minuteMs);

    expect(trial.spool.status().diskBytes).toBeLessThan(12_000);
  });

  it("loses nothing that is made while it writes to the disk", async () => {
    await using trial = await SpoolTrial.create();
    const probes = Array.from({ length: 50 }, (_, index) => `probe-${index}`);
    for (const probe of probes) trial.append(probe, "before");

    const writing = trial.pass(minuteMs);
    while (trial.spool.status().diskBytes < 2_000) await new Promise((resolve) => setImmediate(resolve)); // some are written, not all
    for (const probe of probes) trial.append(probe, "meanwhile");
    await writing;

    expect(trial.spool.status()).toMatchObject({ observationCount: 2 * probes.length, lostCount: 0 });
  });

  it("deletes its files once all in them is acknowledged", async () => {
    await using trial = await SpoolTrial.create();
    for (let index = 0; index < 50; index++) trial.append("system", `${index}`);
    await trial.pass(minuteMs);
    const batch = await trial.read();

    await trial.spool.acknowledge(rangesOf(batch).slice(0, 20));
    expect(await segmentsIn(trial.directory)).toHaveLength(1);
    await trial.spool.acknowledge(rangesOf(batch));

    expect((await readdir(trial.directory)).sort()).toEqual(["lock", "state.json"]);
    expect(trial.spool.status()).toMatchObject({ diskBytes: 0, observationCount: 0, memoryBytes: 0 });
  });

  it("does not give again what was acknowledged while it was being written", async () => {
    await using trial = await SpoolTrial.create();
    for (let index = 0; index < 1_500; index++) trial.append("system", `${index % 3}`);
    const batch = await trial.read({ maximumBytes: 4 * 1024 * 1024 });
    await trial.clock.advance(minuteMs);

    const maintaining = trial.spool.maintain();
    while ((await segmentsIn(trial.directory)).length === 0) await new Promise(setImmediate);
    await trial.spool.acknowledge(rangesOf(batch));
    await maintaining;

    expect(namesIn(await trial.read({ isRestart: true }))).toEqual([]);
    expect(trial.spool.status()).toMatchObject({ observationCount: 0, diskBytes: 0 });
  });

  it("drops the oldest files first, says what is lost, and keeps the newest of each probe", async () => {
    await using trial = await SpoolTrial.create({ memoryBytes: 128 * 1024, diskBytes: 160 * 1024 });
    trial.append("smart", "the only one");
    const samples = new Array(100).fill(1);
    for (let minute = 0; minute < 300; minute++) {
      trial.append("system", `minute ${minute}`, { samples });
      await trial.pass(minuteMs);
    }

    const batch = await trial.read({ maximumBytes: 4 * 1024 * 1024 });

    const names = namesIn(batch);
    expect(names.slice(0, 2)).toEqual(["minute 299", "the only one"]);
    expect(names.slice(2)).toEqual(names.slice(2).map((_, index) => `minute ${298 - index}`));
    const [loss] = batch.losses;
    expect(loss).toMatchObject({ reason: "spool_full", observationCount: 301 - names.length });
    expect(Number(loss?.fromUnixMs)).toBe(Date.UTC(2026, 0, 1));
    expect(trial.spool.status().diskBytes).toBeLessThanOrEqual(160 * 1024);
  });

  it("drops what is too old, but the newest of each probe", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "old");
    trial.append("system", "newest");
    await trial.pass(minuteMs);

    await trial.pass(49 * 60 * minuteMs);

    const batch = await trial.read();
    expect(namesIn(batch)).toEqual(["newest"]);
    expect(batch.losses).toMatchObject([{ reason: "too_old", observationCount: 1 }]);
  });

  it("does not take a jump of the wall clock for age", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "before NTP");
    trial.append("system", "newest");
    trial.clock.jumpWall(400 * 24 * 60 * minuteMs);

    await trial.pass(minuteMs);

    expect(namesIn(await trial.read())).toEqual(["newest", "before NTP"]);
  });

  it("goes on in memory when the disk cannot be written, says so, and recovers", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "one");
    await trial.clock.advance(minuteMs);
    const obstacle = join(trial.directory, "segment-00000001");
    await mkdir(obstacle);

    await trial.spool.maintain();

    expect(trial.spool.status().problem).toMatch(/EEXIST/);
    expect(trial.logger.lines.filter((line) => line.level === "error")).toHaveLength(1);
    expect(namesIn(await trial.read())).toEqual(["one"]);
    await rmdir(obstacle);
    await trial.spool.maintain();
    expect(trial.spool.status().problem).toBeUndefined();
    expect(await segmentsIn(trial.directory)).toHaveLength(1);
  });
});

describe("the statement of a loss", () => {
  async function lossy(): Promise<SpoolTrial> {
    const trial = await SpoolTrial.create({ maximumAgeMs: minuteMs, spillAfterMs: 3_600_000 });
    trial.append("system", "lost");
    trial.append("system", "kept");
    await trial.pass(2 * minuteMs);
    return trial;
  }

  it("is repeated until a batch that carried it is acknowledged", async () => {
    await using trial = await lossy();
    const first = await trial.read();
    trial.append("system", "next");
    const second = await trial.read();

    expect(first.losses).toMatchObject([{ reason: "too_old", observationCount: 1 }]);
    expect(second.losses).toEqual(first.losses);
    await trial.spool.acknowledge(rangesOf(second));
    trial.append("system", "after");

    expect((await trial.read()).losses).toEqual([]);
  });

  it("is not changed by a further loss once it was given", async () => {
    await using trial = await lossy();
    const first = await trial.read();
    trial.append("system", "newer");
    await trial.pass(2 * minuteMs);
    trial.append("system", "newest");

    const second = await trial.read();

    expect(second.losses).toHaveLength(2);
    expect(second.losses).toContainEqual(first.losses[0]);
  });

  it("outlives a stop", async () => {
    await using trial = await lossy();
    await trial.stop();
    await trial.start();

    expect((await trial.read()).losses).toMatchObject([{ reason: "too_old", observationCount: 1 }]);
  });
});

describe("the next life of a spool", () => {
  it("gives what the last one could not deliver, in the same epoch, with higher numbers after it", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "one");
    trial.append("disks", "two");
    const { epoch } = trial.spool;
    await trial.stop();

    await trial.start();
    trial.append("system", "three");

    const batch = await trial.read();
    expect(trial.spool.epoch).toBe(epoch);
    expect(namesIn(batch)).toEqual(["three", "two", "one"]);
    expect(batch.observations.map((each) => each.sequence)).toEqual([3, 2, 1]);
    expect(batch.losses).toEqual([]);
  });

  it("says which observations are from an earlier boot", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "before");
    await trial.stop();
    trial.bootId = "boot-2";

    await trial.start();
    trial.append("disks", "after");

    const batch = await trial.read();
    expect(batch.observations.map((each) => each.isFromEarlierBoot)).toEqual([false, true]);
  });

  it("reuses no number after a kill, and says that something may be lost", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "gone with the process");
    const before = await trial.read();
    await trial.kill();

    await trial.start();
    trial.append("system", "after");

    const batch = await trial.read();
    expect(namesIn(batch)).toEqual(["after"]);
    expect(batch.observations[0]?.sequence).toBeGreaterThan(before.observations[0]?.sequence ?? 0);
    expect(batch.losses).toMatchObject([{ reason: "agent_killed", observationCount: 0 }]);
  });

  it("remembers after a kill what was acknowledged of its files", async () => {
    await using trial = await SpoolTrial.create();
    for (let index = 0; index < 10; index++) trial.append("system", `${index}`);
    await trial.pass(minuteMs);
    const batch = await trial.read();
    await trial.spool.acknowledge(rangesOf(batch).slice(0, 4));
    await trial.kill();

    await trial.start();

    expect(namesIn(await trial.read())).toEqual(["5", "4", "3", "2", "1", "0"]);
  });

  it("cuts a damaged file at the last good record and counts a loss", async () => {
    await using trial = await SpoolTrial.create();
    for (let index = 0; index < 10; index++) trial.append("system", `${index}`);
    await trial.stop();
    const [name = ""] = await segmentsIn(trial.directory);
    const path = join(trial.directory, name);
    const bytes = await readFile(path);
    const place = Math.floor(bytes.length / 2);
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    await writeFile(path, bytes);

    await trial.start();

    const batch = await trial.read();
    const names = namesIn(batch);
    expect(names.length).toBeGreaterThan(2);
    expect(names.length).toBeLessThan(7);
    expect(names).toEqual(names.map((_, index) => `${names.length - 1 - index}`));
    expect(batch.losses).toMatchObject([{ reason: "spool_damaged", observationCount: 1 }]);
    expect((await stat(path)).size).toBeLessThan(bytes.length);
  });

  it("begins a new epoch when the state cannot be understood, and gives nothing of the old one", async () => {
    await using trial = await SpoolTrial.create();
    trial.append("system", "of the old epoch");
    const { epoch } = trial.spool;
    await trial.stop();
    await writeFile(join(trial.directory, "state.json"), '{"format":1,"epo');

    await trial.start();

    const batch = await trial.read();
    expect(trial.spool.epoch).not.toBe(epoch);
    expect(namesIn(batch)).toEqual([]);
    trial.append("system", "new");
    expect((await trial.read()).losses).toMatchObject([{ reason: "spool_damaged", observationCount: 1 }]);
  });
});

describe("the directory of a spool", () => {
  it("is refused while another agent uses it, and free after a kill", async () => {
    await using trial = await SpoolTrial.create();
    const first = trial.spool;

    await expect(trial.start()).rejects.toMatchObject({
      code: "ADDRESS_IN_USE",
      message: expect.stringContaining("in use by another agent"),
    });

    expect(trial.spool).toBe(first);
  });

  it("takes over a lock that a killed process left", async () => {
    await using trial = await SpoolTrial.create();
    await trial.stop();
    await writeFile(join(trial.directory, "lock"), "");

    await trial.start();

    expect(trial.spool.status().observationCount).toBe(0);
  });

  it("is never somebody else's: one that is open to others and holds other things is refused and left as it is", async () => {
    await using root = await createTempDirectory();
    const trial = new SpoolTrial(root);
    await mkdir(trial.directory, { mode: 0o755 });
    await chmod(trial.directory, 0o755);
    await writeFile(join(trial.directory, "letter.txt"), "dear");

    await expect(trial.start()).rejects.toMatchObject({
      code: "DIRECTORY_NOT_WRITABLE",
      message: expect.stringContaining("letter.txt"),
    });

    expect((await stat(trial.directory)).mode & 0o777).toBe(0o755);
  });

  it("is refused with the reason when there is a file in its way", async () => {
    await using root = await createTempDirectory();
    const trial = new SpoolTrial(root);
    await writeFile(trial.directory, "");

    await expect(trial.start()).rejects.toMatchObject({
      code: "DIRECTORY_NOT_WRITABLE",
      message: `cannot use ${trial.directory} as the spool's directory: there is a file of that name in the way`,
    });
  });
});

describe("a spool that is closed with more in memory than the disk may hold", () => {
  it("keeps the newest history and the newest of each probe, and says how much it lost", async () => {
    await using trial = await SpoolTrial.create({ memoryBytes: 512 * 1024, diskBytes: 96 * 1024 });
    const samples = new Array(200).fill(1);
    trial.append("smart", "the only one", { samples });
    for (let index = 0; index < 200; index++) trial.append("system", `${index}`, { samples });

    await trial.stop();
    await trial.start();

    const batch = await trial.read();
    const names = namesIn(batch);
    expect(names.slice(0, 2)).toEqual(["199", "the only one"]);
    expect(names.length).toBeGreaterThan(10);
    expect(names.slice(2)).toEqual(names.slice(2).map((_, index) => `${198 - index}`));
    expect(batch.losses).toMatchObject([{ reason: "spool_full", observationCount: 201 - names.length }]);
  });
});
