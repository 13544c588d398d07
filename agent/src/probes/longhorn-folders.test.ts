/** Folders of Longhorn of which something is wrong. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { LonghornNode, uuid } from "./test-support/longhorn-node.ts";
import { factsAt } from "./test-support/payload-view.ts";
import { ioError } from "./test-support/tree-host.ts";

let host: LonghornNode;

beforeEach(() => {
  host = new LonghornNode();
});

function problems({ subjects }: Payload): readonly string[] {
  return subjects.flatMap(({ id, value }) => (value.case === "longhornPath" ? [`${id} ${value.value.problem}`] : []));
}

describe("Longhorn's folders", () => {
  it("has data below a mount point that is not mounted", async () => {
    host.unmount();

    const payload = await host.probe();

    expect(factsAt(payload, "longhorn_path", "/mnt/longhorn")).toEqual({
      problem: "on-root-filesystem",
      message: `Longhorn's data lies on the filesystem of /, since what fstab says belongs there is not mounted: ${uuid}`,
      remedy:
        "Disable the disk's scheduling in Longhorn, then mount /mnt/longhorn. What was written meanwhile lies below: mount --bind / /mnt",
      expectedSource: uuid,
    });
    expect(problems(await host.probe())).toEqual(["/mnt/longhorn on-root-filesystem"]);
  });

  it("has a replica below it, though no file of Longhorn's", async () => {
    host.unmount();
    host.remove("/mnt/longhorn");
    host.add("/mnt/longhorn/replicas", { "pvc-1/volume.meta": "" });

    expect(problems(await host.probe())).toEqual(["/mnt/longhorn on-root-filesystem"]);
  });

  it("is not mounted, and empty below", async () => {
    host.unmount();
    host.remove("/mnt/longhorn");

    expect(factsAt(await host.probe(), "longhorn_path", "/mnt/longhorn")).toMatchObject({
      problem: "unmounted",
      remedy: "mount /mnt/longhorn",
      expectedSource: uuid,
    });
  });

  it("is none of ours where fstab mounts something else, by hand, or from another machine", async () => {
    host.unmount();
    host.remove("/mnt/longhorn");
    host.add("/etc", {
      fstab: `${uuid} /mnt/music ext4 defaults\nLABEL=x /mnt/longhorn ext4 noauto\nnas:/l /srv/longhorn nfs defaults\n`,
    });

    expect(problems(await host.probe())).toEqual([]);
  });

  it("is missed where an earlier run saw it, in fstab or not, until it is back", async () => {
    host.add("/etc", { fstab: "" });
    await host.probe();
    host.unmount();
    host.remove("/mnt/longhorn");

    const missed = await host.probe();
    expect(problems(missed)).toEqual(["/mnt/longhorn unmounted"]);
    expect(problems(await host.probe())).toEqual(["/mnt/longhorn unmounted"]);

    host.mount("/mnt/longhorn", "ext4 /dev/sda1", "8:1");
    host.add("/mnt/longhorn", { "longhorn-disk.cfg": "{}" });
    const back = await host.probe();
    expect(problems(back)).toEqual([]);
    expect(factsAt(back, "longhorn_check", "disk-folders")).toMatchObject({ folders: ["/mnt/longhorn"] });
  });

  it("has another filesystem mounted than before", async () => {
    await host.probe();
    host.remove("/mnt/longhorn");
    host.add("/mnt/longhorn", { "lost+found/x": "" });

    expect(factsAt(await host.probe(), "longhorn_path", "/mnt/longhorn")).toMatchObject({ problem: "empty" });
  });

  it("is looked for before those that are mounted, of which there may be too many to look into", async () => {
    host.unmount();
    for (let disk = 0; disk < 70; disk++) host.mount(`/media/disk${disk}`, `ext4 /dev/disk${disk}`, `8:${16 * disk}`);

    const payload = await host.probe();

    expect(problems(payload)).toEqual(["/mnt/longhorn on-root-filesystem"]);
    expect(payload.lists).toMatchObject([
      {},
      { kind: "longhorn_path", isComplete: false, failure: { code: "HOST_OUTPUT_TOO_LARGE" } },
    ]);
  });

  it("are told in one order, whichever was found first", async () => {
    host.mount("/mnt/a", "ext4 /dev/sdb1", "8:17");
    await host.probe();
    host.add("/mnt/a", { "longhorn-disk.cfg": "{}" });

    expect(factsAt(await host.probe(), "longhorn_check", "disk-folders")).toMatchObject({ folders: ["/mnt/a", "/mnt/longhorn"] });
  });

  it("is not said to be unmounted where the mounts are not known", async () => {
    await host.probe();
    host.remove("/mnt/longhorn");
    host.add("/proc/1", { mountinfo: "garbage\n" });

    const payload = await host.probe();

    expect(problems(payload)).toEqual([]);
    expect(payload.lists).toMatchObject([
      {},
      { kind: "longhorn_path", isComplete: false, failure: { code: "HOST_ANSWER_MALFORMED" } },
    ]);
  });

  it("is not said to be empty where its disk cannot be read", async () => {
    await host.probe();
    host.add("/mnt/longhorn", { "longhorn-disk.cfg": ioError("/mnt/longhorn/longhorn-disk.cfg") });

    const unread = await host.probe();
    expect(problems(unread)).toEqual([]);
    host.remove("/mnt/longhorn");
    expect(problems(await host.probe())).toEqual(["/mnt/longhorn empty"]);
  });
});
