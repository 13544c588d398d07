import { describe, expect, it } from "vitest";
import { blastRadiusOf } from "./test-support/blast-scene.ts";
import type { ClusterInit } from "./test-support/cluster-init.ts";
import { home } from "./test-support/clusters/home.ts";
import { threeServers } from "./test-support/clusters/three-servers.ts";

const ask = (init: ClusterInit, node: string, disk?: string) =>
  blastRadiusOf(init).of({ node, disk }, new AbortController().signal);

describe("what is asked about", () => {
  it("is a disk of a node by its id, its name under /dev, a partition, or Longhorn's name of it", async () => {
    const names = ["id-nvme0n1", "nvme0n1", "/dev/nvme0n1", "data", "/mnt/data"];
    const answers = await Promise.all(names.map((name) => ask(threeServers, "elm", name)));

    expect(answers.map(({ target }) => target.disk)).toEqual(names.map(() => "id-nvme0n1"));
    expect((await ask(threeServers, "elm", "/dev/sda1")).target.disk).toBe("id-sda");
  });

  it("is a disk by its serial number wherever it is, and not by a name that every machine has", async () => {
    expect((await ask(threeServers, "SN-cedar")).target).toMatchObject({ kind: "disk", node: "cedar", disk: "id-nvme0n1" });
    await expect(ask(threeServers, "nvme0n1")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is not guessed where a name fits several disks", async () => {
    await expect(ask(threeServers, "data")).rejects.toMatchObject({
      code: "CONFLICT",
      message: '"data" fits disks of ash, beech, cedar, elm, fir: name the node too (nodekeeper blast ash data)',
    });
  });

  it("is told what there is, where there is no such node or disk", async () => {
    await expect(ask(home, "pantera")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: 'no node and no disk is called "pantera"; did you mean "panther"?',
    });
    await expect(ask(home, "neko", "sdz")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: 'neko has no disk "sdz"; it has nvme0n1, root',
    });
  });

  it("is given up when nobody waits for it any more", async () => {
    const stopping = new AbortController();
    stopping.abort(new Error("nobody waits"));

    await expect(blastRadiusOf(home).of({ node: "neko", disk: undefined }, stopping.signal)).rejects.toThrow("nobody waits");
  });
});
