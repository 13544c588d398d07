import { AppError } from "@nodekeeper/shared";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { DisksMachine } from "../../test-support/disks-machine.ts";
import { factsAt } from "../../test-support/payload-view.ts";
import { ioError } from "../../test-support/tree-host.ts";

const uuid = "5a6d1c2e-8d0b-4a55-9a51-0c9a5c3f0a11";
const config = JSON.stringify({ diskName: "d", diskUUID: uuid, diskDriver: "" });

let machine: DisksMachine;

beforeEach(() => {
  machine = new DisksMachine();
});

async function look(): Promise<{ readonly ids: readonly string[]; readonly list: object | undefined }> {
  const { subjects, lists } = await machine.probe();
  return {
    ids: subjects.filter(({ kind }) => kind === "longhorn_disk").map(({ id }) => id),
    list: lists.find(({ kind }) => kind === "longhorn_disk"),
  };
}

describe("Longhorn's disks", () => {
  it("are none, and surely none, where Longhorn is not on the machine: no mount point is looked at", async () => {
    machine.mount("/data", "8:1", "ext4 /dev/sda1");
    machine.add("/data", { "longhorn-disk.cfg": config });

    expect(await look()).toMatchObject({ ids: [], list: { isComplete: true } });
    expect(machine.reads.filter((path) => path.includes("longhorn"))).toEqual([]);
  });

  it("are looked for in local filesystems that answer, and in no other", async () => {
    machine.add("/var/lib/longhorn", { "engine-binaries/x": "" });
    machine.mount("/data", "8:1", "ext4 /dev/sda1");
    machine.mount("/mnt/nas", "0:50", "nfs4 nas:/export");
    machine.mount("/mnt/dying", "8:17", "ext4 /dev/sdb1");
    machine.usages.set("/mnt/dying", new AppError("HOST_READ_FAILED", "no answer within 5 s"));

    expect(await look()).toMatchObject({ list: { isComplete: false, failure: { message: "no answer within 5 s" } } });
    expect(machine.reads.filter((path) => path.includes("longhorn"))).toEqual([
      "/var/lib/longhorn/longhorn-disk.cfg",
      "/longhorn-disk.cfg",
      "/data/longhorn-disk.cfg",
    ]);
  });

  it("are told by the place that the folder leads to", async () => {
    machine.mount("/mnt/nvme", "8:1", "ext4 /dev/sda1");
    machine.add("/mnt/nvme", { "longhorn/longhorn-disk.cfg": config });
    machine.add("/var/lib", { longhorn: { link: "/mnt/nvme/longhorn" } });

    expect(await look()).toMatchObject({ ids: ["/var/lib/longhorn"], list: { isComplete: true } });
    expect(factsAt(await machine.probe(), "longhorn_disk", "/var/lib/longhorn")).toMatchObject({
      diskUuid: uuid,
      mountPoint: "/mnt/nvme",
      isMountPoint: false,
    });
  });

  it("are told once where a folder is seen under two paths", async () => {
    machine.mount("/d", "8:1", "ext4 /dev/sda1");
    machine.mount("/var/lib/longhorn", "8:1", "ext4 /dev/sda1");
    machine.add("/d", { "longhorn-disk.cfg": config });
    machine.add("/var/lib/longhorn", { "longhorn-disk.cfg": config });

    expect(await look()).toMatchObject({ ids: ["/var/lib/longhorn"] });
  });

  it.each([
    { name: "no JSON", text: "diskUUID" },
    { name: "no object", text: "[1]" },
    { name: "a UUID that is no text", text: '{"diskUUID":5}' },
    { name: "an empty file", text: "" },
  ])("fail by the name of the file where it holds $name", async ({ text }) => {
    machine.add("/var/lib/longhorn", { "longhorn-disk.cfg": text });

    expect(factsAt(await machine.probe(), "longhorn_disk", "/var/lib/longhorn")).toMatch(
      /^HOST_ANSWER_MALFORMED: \/var\/lib\/longhorn\/longhorn-disk\.cfg: /,
    );
  });

  it("fail where the file cannot be read, and the others are told", async () => {
    machine.add("/var/lib/longhorn", { "longhorn-disk.cfg": ioError("/var/lib/longhorn/longhorn-disk.cfg") });
    machine.mount("/data", "8:1", "ext4 /dev/sda1");
    machine.add("/data", { "longhorn-disk.cfg": config });

    expect(factsAt(await machine.probe(), "longhorn_disk", "/var/lib/longhorn")).toMatch(/^HOST_READ_FAILED/);
    expect(await look()).toMatchObject({ ids: ["/var/lib/longhorn", "/data"], list: { isComplete: true } });
  });

  it("are looked for no further after a folder that hangs, and the list says so", async () => {
    machine.add("/var/lib/longhorn", { "longhorn-disk.cfg": config });
    machine.mount("/a", "8:1", "ext4 /dev/sda1");
    machine.mount("/b", "8:2", "ext4 /dev/sda2");
    machine.add("/a", { "longhorn-disk.cfg": new AppError("HOST_QUARANTINED", "an earlier call there still hangs") });
    machine.add("/b", { "longhorn-disk.cfg": config });

    expect(await look()).toMatchObject({
      ids: ["/var/lib/longhorn", "/a"],
      list: { isComplete: false, failure: { code: "HOST_QUARANTINED" } },
    });
    expect(machine.reads).not.toContain("/b/longhorn-disk.cfg");
  });

  it("never throw, whatever their file holds", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.json().map((json) => `{"diskUUID":${json}}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (anything) => {
        machine.add("/var/lib/longhorn", { "longhorn-disk.cfg": anything });
        const facts = factsAt(await machine.probe(), "longhorn_disk", "/var/lib/longhorn");

        if (typeof facts === "string") expect(facts).toMatch(/^HOST_ANSWER_MALFORMED: /);
        else expect(Buffer.byteLength(JSON.stringify(facts))).toBeLessThan(512);
      }),
      { numRuns: 200 },
    );
  });
});
