import { mkdirSync, writeFileSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { errnoError, FakeKmsg } from "../probes/test-support/fake-kmsg.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import {
  createKernelLogReader,
  createKernelTextReader,
  followKernelText,
  openKernelLogDevice,
  readWholeKernelLog,
} from "./kernel-log-reader.ts";
import { createLocalHost } from "./local-host.ts";

function messages(records: readonly string[]): readonly string[] {
  return records.map((record) => record.slice(record.indexOf(";") + 1).trimEnd());
}

describe("createKernelLogReader", () => {
  it("gives each record once, the oldest first, and says when nothing is left", () => {
    const kmsg = new FakeKmsg();
    for (const message of ["one", "two", "three"]) kmsg.write(message);
    const reader = kmsg.open();

    const first = reader.read(2);
    const second = reader.read(2);
    const third = reader.read(2);

    expect(messages(first.records)).toEqual(["one", "two"]);
    expect(first.isDrained).toBe(false);
    expect(messages(second.records)).toEqual(["three"]);
    expect(second.isDrained).toBe(true);
    expect(third).toMatchObject({ records: [], isDrained: true });
  });

  it("goes on with what is oldest after it was overtaken", () => {
    const kmsg = new FakeKmsg(3);
    kmsg.write("read");
    const reader = kmsg.open();
    reader.read(10);
    for (let index = 1; index <= 5; index++) kmsg.write(`message ${index}`);

    expect(messages(reader.read(10).records)).toEqual(["message 3", "message 4", "message 5"]);
  });

  it("reads on after a signal", () => {
    let reads = 0;
    const reader = createKernelLogReader(
      (buffer) => {
        reads++;
        if (reads === 1) throw errnoError("EINTR");
        if (reads === 2) return buffer.write("6,0,0,-;here\n");
        throw errnoError("EAGAIN");
      },
      () => undefined,
    );

    expect(messages(reader.read(10).records)).toEqual(["here"]);
  });

  it("gives up the look, not the process, when the ring turns faster than it can read", () => {
    const reader = createKernelLogReader(
      () => {
        throw errnoError("EPIPE");
      },
      () => undefined,
    );

    expect(reader.read(10)).toMatchObject({ records: [], isDrained: true });
  });

  it.each([
    ["EPERM", "HOST_PERMISSION_DENIED", /CAP_SYSLOG.*kernel\.dmesg_restrict/],
    ["EIO", "HOST_READ_FAILED", /cannot read \/dev\/kmsg/],
  ])("says what %s means and what to do", (errno, code, message) => {
    const kmsg = new FakeKmsg();
    kmsg.broken = errno;

    expect(() => kmsg.open().read(1)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

describe("createKernelTextReader", () => {
  it("takes one record a line, with the lines that belong to it", () => {
    const text = "6,0,0,-;first\n SUBSYSTEM=usb\n DEVICE=+usb:2-1\n4,1,20,-;second\n";

    const { records, isDrained } = createKernelTextReader(text).read(10);

    expect(records).toEqual(["6,0,0,-;first\n SUBSYSTEM=usb\n DEVICE=+usb:2-1", "4,1,20,-;second"]);
    expect(isDrained).toBe(true);
  });

  it("gives what is appended to a file, whole lines only, each once", async () => {
    await using directory = await createTempDirectory();
    const file = join(directory.path, "kmsg");
    const begun = "6,0,0,-;first\n";
    await writeFile(file, begun);
    const reader = createKernelTextReader(begun, followKernelText(file, begun.length));
    const read = (): readonly string[] => messages(reader.read(10).records);

    const before = [read(), read()];
    await appendFile(file, "4,1,20,-;second\n SUBSYSTEM=usb\n4,2,30,-;thi");
    const half = [read(), read()];
    await appendFile(file, "rd\n");

    expect(before).toEqual([["first"], []]);
    expect(half).toEqual([["second\n SUBSYSTEM=usb"], []]);
    expect([read(), read()]).toEqual([["third"], []]);
  });

  it("reads back what a recording holds of a device", () => {
    const kmsg = new FakeKmsg();
    kmsg.write("one\n SUBSYSTEM=scsi");
    kmsg.write("two");

    const text = readWholeKernelLog(kmsg.open());

    expect(messages(createKernelTextReader(text).read(10).records)).toEqual(["one\n SUBSYSTEM=scsi", "two"]);
  });
});

describe("the kernel log of a host", () => {
  it("is a text in a copy of a host", async () => {
    await using directory = await createTempDirectory();
    const root = directory.path;
    mkdirSync(join(root, "dev"));
    writeFileSync(join(root, "dev/kmsg"), "6,0,0,-;copied\n");

    using reader = await createLocalHost({ root, clock: new FakeClock() }).openKernelLog();

    expect(reader.read(10)).toEqual({ records: ["6,0,0,-;copied"], isDrained: true, logMs: undefined });
  });

  it("is missing where it is not there", async () => {
    await using directory = await createTempDirectory();
    const host = createLocalHost({ root: directory.path, clock: new FakeClock() });

    await expect(host.openKernelLog()).rejects.toMatchObject({ code: "HOST_FILE_MISSING" });
  });

  it("is read from the real device to its end, in order, where we may", ({ skip }) => {
    const reader = openOwnLog();
    if (reader === undefined) return skip("the kernel log of this machine may not be read");
    using open = reader;

    const { records, isDrained, logMs = 0 } = open.read(1_000_000);
    const numbers = records.map((record) => Number(record.split(",")[1]));

    expect(isDrained).toBe(true);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(Number(records.at(-1)?.split(",")[2] ?? 0) / 1000).toBeLessThanOrEqual(logMs + 60_000);
  });

  it.each(["/dev/null", "/dev/tty"])(
    "is not read from another device in its place, such as the console of a container: %s",
    (path) => {
      expect(() => openKernelLogDevice(path)).toThrow(
        expect.objectContaining({
          code: "HOST_FILE_MISSING",
          message: "there is no kernel log at /dev/kmsg: it leads to another device",
        }),
      );
    },
  );
});

function openOwnLog() {
  try {
    return openKernelLogDevice("/dev/kmsg");
  } catch {
    return undefined;
  }
}
