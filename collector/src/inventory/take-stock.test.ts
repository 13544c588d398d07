import type { MessageInitShape } from "@bufbuild/protobuf";
import { BlockDeviceType, type NetworkInterfaceSchema, Outcome, type SubjectSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { list } from "../test-support/observations.ts";
import { startMs } from "../test-support/states.ts";
import { aDisk, anUnreadDisk, disks, health, StockScene } from "./test-support/stock-scene.ts";

type SubjectInit = MessageInitShape<typeof SubjectSchema>;

const gibibyte = 2n ** 30n;
const first = "seen for the first time";

function aScene(): StockScene {
  const scene = new StockScene();
  scene.connect();
  return scene;
}

function machine(prettyName: string, kernelRelease: string, totalBytes: bigint, coreCount = 8): readonly SubjectInit[] {
  const value = { prettyName, kernelRelease, architecture: "x86_64" };
  return [
    { kind: "operating_system", id: "", outcome: Outcome.OK, value: { case: "operatingSystem", value } },
    { kind: "memory", id: "", outcome: Outcome.OK, value: { case: "memory", value: { totalBytes } } },
    { kind: "cpu", id: "", outcome: Outcome.OK, value: { case: "cpu", value: { modelName: "A CPU", coreCount } } },
  ];
}

function card(name: string, macAddress: string, overrides: MessageInitShape<typeof NetworkInterfaceSchema> = {}): SubjectInit {
  const value = { name, type: "ethernet", macAddress, isVirtual: false, ...overrides };
  return { kind: "network_interface", id: name, outcome: Outcome.OK, value: { case: "networkInterface", value } };
}

describe("feature 27: inventory change history (disk swapped, firmware, memory, network hardware)", () => {
  it("says once that a node was first seen, not that everything in it appeared", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a"), aDisk("b"), aDisk("c")]));
    scene.observe(1, { subjects: machine("Debian 13", "6.12.48", 32n * gibibyte) }, { probe: "system" });
    scene.observe(2, health("a", { firmwareVersion: "1.0" }), { probe: "smart" });

    expect(scene.texts()).toEqual([first]);
    expect(scene.changes()[0]).toMatchObject({
      change: "first_seen",
      subject: { kind: "node", id: "" },
      fields: [{ name: "machineId", after: "1".repeat(32) }],
    });
  });

  it("tells a swapped disk, with what it was and what took its place", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a"), aDisk("b")]));
    scene.observe(60, disks([aDisk("a"), aDisk("c", { model: "Another SSD" })]));

    expect(scene.texts()).toEqual([first, "Another SSD (c) appeared", "An SSD (b) is gone"]);
    expect(scene.changes()[2]).toMatchObject({
      change: "disappeared",
      subject: { kind: "block_device", id: "b" },
      fields: [
        { name: "model", before: "An SSD" },
        { name: "serial", before: "B" },
        { name: "firmwareRevision", before: "1.0" },
        { name: "sizeBytes", before: 1000 },
      ],
    });
  });

  it("tells changes of firmware, size, memory, processor, system and kernel", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a")]));
    scene.observe(1, { subjects: machine("Debian 12", "6.1.0", 16n * gibibyte, 4) }, { probe: "system" });
    scene.observe(60, disks([aDisk("a", { firmwareRevision: "2.0", sizeBytes: 2048n })]));
    scene.observe(61, { subjects: machine("Debian 13", "6.12.48", 32n * gibibyte, 8) }, { probe: "system" });

    expect(scene.texts().slice(1)).toEqual([
      "An SSD (a): firmware revision 1.0 → 2.0, size 1000 B → 2.0 KiB",
      "operating system: pretty name Debian 12 → Debian 13, kernel release 6.1.0 → 6.12.48",
      "CPU: core count 4 → 8",
      "memory: total 16.0 GiB → 32.0 GiB",
    ]);
  });

  it("takes what another kernel leaves of the same memory for the same", () => {
    const scene = aScene();
    scene.observe(0, { subjects: machine("Debian 13", "6.12", 32n * gibibyte) }, { probe: "system" });
    scene.observe(60, { subjects: machine("Debian 13", "6.12", 32n * gibibyte - gibibyte / 4n) }, { probe: "system" });

    expect(scene.texts()).toEqual([first]);
  });

  it("tells new firmware once, though two probes read it, whichever is first", () => {
    const oneFirst = aScene();
    oneFirst.observe(0, disks([aDisk("a")]));
    oneFirst.observe(1, health("a", { firmwareVersion: "1.0" }), { probe: "smart" });
    oneFirst.observe(60, disks([aDisk("a", { firmwareRevision: "2.0" })]));
    oneFirst.observe(61, health("a", { firmwareVersion: "2.0" }), { probe: "smart" });
    const otherFirst = aScene();
    otherFirst.observe(0, disks([aDisk("a")]));
    otherFirst.observe(1, health("a", { firmwareVersion: "1.0" }), { probe: "smart" });
    otherFirst.observe(60, health("a", { firmwareVersion: "2.0" }), { probe: "smart" });
    otherFirst.observe(61, disks([aDisk("a", { firmwareRevision: "2.0" })]));

    expect(oneFirst.texts().slice(1)).toEqual(["An SSD (a): firmware revision 1.0 → 2.0"]);
    expect(otherFirst.texts().slice(1)).toEqual(["An SSD (/dev/nvme0): firmware version 1.0 → 2.0"]);
  });

  it("concludes nothing from a list that is not whole, from a failed run and from a disk that could not be read", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a"), aDisk("b")]));
    scene.observe(60, disks([aDisk("a")], false));
    const failure = { code: "HOST_READ_FAILED", message: "EIO" };
    scene.observe(120, {}, { outcome: Outcome.FAILED, failure, body: { case: undefined } });
    scene.observe(180, disks([aDisk("a"), anUnreadDisk("b")]));
    scene.observe(240, disks([aDisk("a"), anUnreadDisk("name:nvme1n1")])); // it lost its better name with the rest
    scene.observe(300, disks([aDisk("a"), aDisk("b")]));

    expect(scene.texts()).toEqual([first]);
  });

  it("takes a probe that finds nothing any more at its word, for what it speaks of and for nothing else", () => {
    const absent = { outcome: Outcome.ABSENT, body: { case: undefined } } as const;
    const scene = aScene();
    scene.observe(0, disks([aDisk("a")]));
    scene.observe(1, health("a", { firmwareVersion: "1.0" }), { probe: "smart" });
    scene.observe(60, {}, { ...absent, probe: "smart" });
    scene.observe(61, {}, { ...absent, probe: "network" });
    const before = scene.texts();
    scene.observe(120, {}, absent);

    expect(before).toEqual([first]);
    expect(scene.texts()).toEqual([first, "An SSD (a) is gone"]);
  });

  it("does not call new what the first list may have hidden", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a")], false));
    scene.observe(60, disks([aDisk("a"), anUnreadDisk("b")]));
    scene.observe(120, disks([aDisk("a"), aDisk("b")]));
    scene.observe(180, disks([aDisk("a"), aDisk("b"), aDisk("c")]));

    expect(scene.texts()).toEqual([first, "An SSD (c) appeared"]);
  });

  it("takes no change from what was not known before, or is not known now", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a", { firmwareRevision: "" })]));
    scene.observe(60, disks([aDisk("a", { model: "" })]));
    scene.observe(120, disks([aDisk("a")]));

    expect(scene.texts()).toEqual([first]);
  });

  it("takes a text that the kernel cuts for what it is: udev says the whole a moment after a disk is found", () => {
    const scene = aScene();
    const cut = aDisk("a", { model: "Samsung SSD 870", firmwareRevision: "2B6Q", bus: "sata" });
    const whole = aDisk("a", { model: "Samsung SSD 870 EVO 1TB", firmwareRevision: "SVT02B6Q", bus: "sata" });
    for (const [minute, each] of [cut, whole, cut, whole].entries()) scene.observe(60 * minute, disks([each]));
    const afterwards = scene.inventory()?.items[0]?.fields;
    scene.observe(300, disks([aDisk("a", { model: "Samsung SSD 870 EVO 1TB", firmwareRevision: "SVT03B6Q" })]));

    expect(afterwards).toMatchObject({ model: "Samsung SSD 870 EVO 1TB", firmwareRevision: "SVT02B6Q" });
    expect(scene.texts()).toEqual([first, "Samsung SSD 870 EVO 1TB (a): firmware revision SVT02B6Q → SVT03B6Q"]);
  });

  it("knows a disk again under another id and kernel name by any of its identities", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("naa.5", { name: "sda", identities: ["naa.5", "serial:An_SSD_5"] })]));
    scene.observe(
      60,
      disks([aDisk("serial:An_SSD_5", { name: "sdc", bus: "usb", serial: "NAA.5", identities: ["serial:An_SSD_5"] })]),
    );

    expect(scene.texts()).toEqual([first]);
  });

  it("leaves out loop, zram, mapped, made up and virtual devices, empty card readers, and interfaces without hardware", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a")]));
    scene.observe(
      1,
      { subjects: [card("eth0", "00:11:22:33:44:55")], lists: [list("network_interface", true)] },
      { probe: "network" },
    );
    scene.observe(
      60,
      disks([
        aDisk("a"),
        aDisk("loop0", { type: BlockDeviceType.LOOP }),
        aDisk("zram0", { type: BlockDeviceType.ZRAM }),
        aDisk("dm-0", { type: BlockDeviceType.DEVICE_MAPPER }),
        aDisk("vda", { isVirtual: true }),
        aDisk("zd0", { bus: "", isVirtual: undefined }),
        aDisk("drbd1000", { bus: "", isVirtual: undefined }),
        aDisk("sdb", { isRemovable: true, sizeBytes: 0n }),
      ]),
    );
    const others = [
      card("eth0", "00:11:22:33:44:55"),
      card("veth1", "02:00:00:00:00:01", { isVirtual: true }),
      card("wlan0", "3a:00:00:00:00:02", { type: "wifi" }),
      card("eth1", "00:11:22:33:44:66", { master: "bond0" }),
    ];
    scene.observe(61, { subjects: others, lists: [list("network_interface", true)] }, { probe: "network" });

    expect(scene.texts()).toEqual([first]);
  });

  it("tells a network card that was swapped in the same slot by its address", () => {
    const scene = aScene();
    const network = (mac: string) => ({ subjects: [card("eth0", mac)], lists: [list("network_interface", true)] });
    scene.observe(0, network("00:11:22:33:44:55"), { probe: "network" });
    scene.observe(60, network("00:11:22:33:44:66"), { probe: "network" });

    expect(scene.texts().slice(1)).toEqual([
      "network interface eth0 (00:11:22:33:44:66) appeared",
      "network interface eth0 (00:11:22:33:44:55) is gone",
    ]);
  });

  it("calls another machine under an old name by that, and takes its equipment for its own", () => {
    const scene = aScene();
    scene.observe(0, disks([aDisk("a"), aDisk("b")]));
    scene.connect("neko", "2".repeat(32), "epoch-2");
    scene.observe(60, disks([aDisk("b"), aDisk("c")]));

    expect(scene.texts()).toEqual([first, "the machine was replaced: another one bears this name now"]);
    expect(scene.changes()[1]?.fields).toEqual([{ name: "machineId", before: "1".repeat(32), after: "2".repeat(32) }]);
  });

  it("invents nothing after a restart, a resync, a new epoch and the loss of the database", async () => {
    const scene = aScene();
    const present = disks([aDisk("a"), aDisk("b")]);
    scene.observe(0, present);
    await scene.commit();
    await scene.crash();
    scene.connect();
    scene.observe(60, present);
    scene.connect("neko", "1".repeat(32), "epoch-2");
    scene.observe(120, present, { sequence: 1 });
    const withoutDatabase = aScene();
    withoutDatabase.observe(180, present);

    expect(scene.texts()).toEqual([first]);
    expect(withoutDatabase.texts()).toEqual([first]);
  });

  it("adopts nodes of a database from before there was an inventory with all that is known of them", async () => {
    const scene = aScene();
    scene.observe(0, { subjects: machine("Debian 12", "6.1.0", 16n * gibibyte) }, { probe: "system" });
    scene.observe(1, disks([aDisk("a")]));
    await scene.commit();
    await scene.crash({ keepInventories: false });
    scene.connect();
    scene.observe(60, disks([aDisk("a")]));
    scene.observe(61, { subjects: machine("Debian 13", "6.12", 16n * gibibyte) }, { probe: "system" });

    expect(scene.changes()[1]).toMatchObject({ change: "first_seen", at: new Date(startMs).toISOString() });
    expect(scene.texts().slice(2)).toEqual(["operating system: pretty name Debian 12 → Debian 13, kernel release 6.1.0 → 6.12"]);
  });
});

describe("feature 27: a disk that moves between nodes", () => {
  function twoNodes(): StockScene {
    const scene = new StockScene();
    scene.connect("neko");
    scene.connect("panther", "3".repeat(32));
    scene.observe(0, disks([aDisk("a"), aDisk("m")]));
    scene.observe(1, disks([aDisk("p")]), {}, "panther");
    return scene;
  }

  it("has moved when the one node lacks it and the other has it, and is missed nowhere", () => {
    const scene = twoNodes();
    scene.observe(60, disks([aDisk("a")]));
    scene.observe(90, disks([aDisk("p"), aDisk("m")]), {}, "panther");

    expect(scene.texts().slice(2)).toEqual([
      "An SSD (m) is gone",
      "panther: An SSD (m) moved here from neko",
      "An SSD (m) moved to panther",
    ]);
    expect(scene.inventory()?.items.find((item) => item.id === "m")?.gone).toMatchObject({ reason: "moved", movedTo: "panther" });
  });

  it("has moved too when it turns up before its old node says that it lacks it, also over a restart", async () => {
    const scene = twoNodes();
    scene.observe(90, disks([aDisk("p"), aDisk("m")]), {}, "panther");
    await scene.commit();
    await scene.crash();
    scene.connect("neko");
    scene.observe(120, disks([aDisk("a")]));

    expect(scene.texts().slice(2)).toEqual([
      "panther: An SSD (m) appeared; it was last known on neko",
      "An SSD (m) moved to panther",
    ]);
  });

  it("has moved together with others", () => {
    const scene = new StockScene();
    scene.connect("neko");
    scene.connect("panther", "3".repeat(32));
    scene.observe(0, disks([aDisk("a"), aDisk("m"), aDisk("n")]));
    scene.observe(1, disks([aDisk("p")]), {}, "panther");
    scene.observe(60, disks([aDisk("a")]));
    scene.observe(90, disks([aDisk("p"), aDisk("m"), aDisk("n")]), {}, "panther");

    expect(scene.texts().slice(-2)).toEqual(["An SSD (m) moved to panther", "An SSD (n) moved to panther"]);
    expect(scene.inventory()?.items.flatMap(({ id, gone }) => (gone === undefined ? [] : [[id, gone.reason]]))).toEqual([
      ["m", "moved"],
      ["n", "moved"],
    ]);
  });

  it("comes back the same way", () => {
    const scene = twoNodes();
    scene.observe(60, disks([aDisk("a")]));
    scene.observe(90, disks([aDisk("p"), aDisk("m")]), {}, "panther");
    scene.observe(150, disks([aDisk("p")]), {}, "panther");
    scene.observe(180, disks([aDisk("a"), aDisk("m")]));

    expect(scene.texts().slice(5)).toEqual([
      "panther: An SSD (m) is gone",
      "An SSD (m) moved here from panther",
      "panther: An SSD (m) moved to neko",
    ]);
  });

  it("has not moved when the other node had one of the same identity all along", () => {
    const scene = twoNodes();
    scene.observe(30, disks([aDisk("p"), aDisk("m")]), {}, "panther");
    scene.observe(60, disks([aDisk("a"), aDisk("m", { firmwareRevision: "1.1" })]));
    scene.observe(120, disks([aDisk("a")]));

    expect(scene.texts().at(-1)).toBe("An SSD (m) is gone");
  });

  it("takes its error counters along", () => {
    const scene = twoNodes();
    const errors = (count: bigint) => health("m", { nvme: { mediaAndDataIntegrityErrors: count } });
    scene.observe(2, errors(3n), { probe: "smart" });
    scene.observe(60, disks([aDisk("a")]));
    scene.observe(90, errors(4n), { probe: "smart" }, "panther"); // health is read before the list of disks
    scene.observe(91, disks([aDisk("p"), aDisk("m")]), {}, "panther");

    expect(scene.inventory("panther")?.counters["m"]?.tracks["media_and_data_integrity_errors"]).toMatchObject({
      baseline: 3,
      value: 4,
      growth: { before: 3, by: 1 },
    });
    expect(scene.inventory("neko")?.counters["m"]).toBeUndefined();
  });
});
