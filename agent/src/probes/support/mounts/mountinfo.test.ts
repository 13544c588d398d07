import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extractByJq, missingForRecordings, recordings } from "../../test-support/recordings.ts";
import { parseMountinfo } from "./mountinfo.ts";

const root = "29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro";

describe("parseMountinfo", () => {
  it("reads every field of a line", () => {
    const { mounts, malformed } = parseMountinfo(`${root}\n`);

    expect(malformed).toBeUndefined();
    expect(mounts).toEqual([
      {
        id: 29,
        parentId: 1,
        dev: "259:2",
        root: "/",
        mountPoint: "/",
        type: "ext4",
        source: "/dev/nvme0n1p2",
        isReadOnly: false,
        isRefusedByFilesystem: false,
      },
    ]);
  });

  it.each([
    { name: "no optional field", line: "30 29 8:1 / /a rw - ext4 /dev/sda1 rw" },
    { name: "one optional field", line: "30 29 8:1 / /a rw shared:7 - ext4 /dev/sda1 rw" },
    { name: "many optional fields", line: "30 29 8:1 / /a rw shared:7 master:2 propagate_from:3 unbindable - ext4 /dev/sda1 rw" },
    { name: "no options of the filesystem", line: "30 29 8:1 / /a rw - ext4 /dev/sda1" },
  ])("reads a line with $name", ({ line }) => {
    const { mounts, malformed } = parseMountinfo(line);

    expect(malformed).toBeUndefined();
    expect(mounts).toMatchObject([{ mountPoint: "/a", type: "ext4", source: "/dev/sda1" }]);
  });

  it("turns octal escapes back, in mount point and in source", () => {
    const { mounts } = parseMountinfo("30 29 0:45 / /mnt/my\\040disk\\134x\\011y rw - cifs //nas/my\\040share rw");

    expect(mounts).toMatchObject([{ mountPoint: "/mnt/my disk\\x\ty", source: "//nas/my share" }]);
  });

  it.each([
    { name: "the mount", line: "30 29 8:1 / /a ro,relatime - ext4 /dev/sda1 rw", isReadOnly: true },
    { name: "the filesystem, after an error", line: "30 29 8:1 / /a rw - ext4 /dev/sda1 ro,errors=remount-ro", isReadOnly: true },
    {
      name: "neither, whatever stands in other options",
      line: "30 29 8:1 / /a rw - ext4 /dev/sda1 rw,errors=remount-ro",
      isReadOnly: false,
    },
  ])("takes read-only from $name", ({ line, isReadOnly }) => {
    expect(parseMountinfo(line).mounts).toMatchObject([{ isReadOnly }]);
  });

  it("leaves out a line that it does not understand, says which, and keeps the others", () => {
    const { mounts, malformed } = parseMountinfo(`${root}\n30 29 8:1 / /a rw ext4\n31 29 8:2 / /b rw - xfs /dev/sda2 rw\n`);

    expect(mounts.map(({ mountPoint }) => mountPoint)).toEqual(["/", "/b"]);
    expect(malformed).toMatchObject({
      code: "HOST_ANSWER_MALFORMED",
      message: "line 2 of /proc/1/mountinfo is not in the known form",
    });
  });

  it.each([{ text: "" }, { text: "\n" }])("takes $text for no answer: there is always a mount", ({ text }) => {
    const { mounts, malformed } = parseMountinfo(text);

    expect(mounts).toEqual([]);
    expect(malformed?.code).toBe("HOST_ANSWER_MALFORMED");
  });

  it("throws at no text at all", () => {
    const line = fc.array(fc.constantFrom("-", "8:1", "/", "/a", "12", "rw", "ext4", "", "\\04", "\\999", "ß"), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { mounts, malformed } = parseMountinfo(lines.map((words) => words.join(" ")).join("\n"));

        expect(mounts.every(({ id, mountPoint }) => Number.isSafeInteger(id) && mountPoint.startsWith("/"))).toBe(true);
        expect(mounts.length > 0 || malformed !== undefined).toBe(true);
      }),
    );
  });
});

const missing = missingForRecordings("jq");

describe.skipIf(missing !== undefined)(`recorded mountinfo${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  it("is read as findmnt reads it", () => {
    const [recorded] = recordings("proc", "util-linux__mountinfo.txt");
    const found = recordings("block", "util-linux__findmnt-json.json").map(({ path }) => path);
    const rows = extractByJq(`.. | objects | select(has("target")) | {mountPoint: .target, source, type: .fstype}`, found);

    const { mounts, malformed } = parseMountinfo(recorded?.text ?? "");

    expect(malformed).toBeUndefined();
    expect(rows.length).toBe(32);
    expect(mounts.map(({ mountPoint, source, type }) => JSON.stringify({ mountPoint, source, type })).sort()).toEqual(
      rows.map((row) => JSON.stringify(row)).sort(),
    );
  });

  it.each(recordings("proc", "mountinfo.txt"))("is read to the last line: $name", ({ text }) => {
    const { mounts, malformed } = parseMountinfo(text);

    expect(malformed).toBeUndefined();
    expect(mounts.length).toBe(text.trim().split("\n").length);
  });
});

describe("a filesystem that refuses writes", () => {
  it.each([
    { name: "that was mounted so", options: "ro,relatime", superOptions: "ro", isReadOnly: true, isRefused: false },
    { name: "of which only the mount is read-only", options: "ro", superOptions: "rw", isReadOnly: true, isRefused: false },
    {
      name: "that the kernel has remounted",
      options: "rw,relatime",
      superOptions: "ro,errors=remount-ro",
      isReadOnly: true,
      isRefused: true,
    },
    {
      name: "in which ext4 has found an error, since Linux 6.15",
      options: "rw,relatime",
      superOptions: "rw,errors=remount-ro,emergency_ro",
      isReadOnly: true,
      isRefused: true,
    },
    { name: "that was shut down", options: "rw", superOptions: "rw,shutdown", isReadOnly: true, isRefused: true },
    {
      name: "with an option that only looks like it",
      options: "rw,errors=ro",
      superOptions: "rw,x-ro,rom",
      isReadOnly: false,
      isRefused: false,
    },
  ])("is told from one $name", ({ options, superOptions, isReadOnly, isRefused }) => {
    const { mounts } = parseMountinfo(`30 29 8:1 / /a ${options} - ext4 /dev/sda1 ${superOptions}`);

    expect(mounts).toMatchObject([{ isReadOnly, isRefusedByFilesystem: isRefused }]);
  });
});
