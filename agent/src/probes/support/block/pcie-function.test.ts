import { describe, expect, it } from "vitest";
import { notThere, readText } from "../../test-support/raw-block-device.ts";
import { addPcieFiles, pcieFunction } from "../../test-support/storage.ts";
import { TreeHost } from "../../test-support/tree-host.ts";
import { isSuspended, pcieErrorSamples, pcieLinkOf, readPcieFunction } from "./pcie-function.ts";

const controller = `${pcieFunction}/nvme/nvme0`;

async function linkOf(host: TreeHost): Promise<ReturnType<typeof pcieLinkOf>> {
  return pcieLinkOf(await readPcieFunction(host, controller));
}

function machine(files: Readonly<Record<string, string>> = {}, port: Readonly<Record<string, string>> = {}): TreeHost {
  const host = new TreeHost();
  addPcieFiles(host, files, port);
  return host;
}

describe("a PCIe function", () => {
  it.each([
    { text: "8.0 GT/s PCIe\n", speed: 8 },
    { text: "8 GT/s\n", speed: 8 },
    { text: "2.5 GT/s PCIe\n", speed: 2.5 },
    { text: "Unknown\n", speed: undefined },
    { text: "Unknown speed\n", speed: undefined },
    { text: "9999 GT/s\n", speed: undefined },
  ])("tells the speed of $text", async ({ text, speed }) => {
    expect(await linkOf(machine({ current_link_speed: text }))).toMatchObject({ gigatransfersPerSecond: speed });
  });

  it.each(["0\n", "63\n", "255\n", "x4\n"])("has no link where it tells %s lanes", async (text) => {
    expect(await linkOf(machine({ current_link_width: text }))).toMatchObject({ laneCount: undefined });
  });

  it("can at most what its port can", async () => {
    const slow = machine(
      { current_link_speed: "5.0 GT/s PCIe\n", max_link_speed: "16.0 GT/s PCIe\n" },
      { max_link_speed: "5.0 GT/s PCIe\n" },
    );

    expect(await linkOf(slow)).toMatchObject({ maximumGigatransfersPerSecond: 5, maximumLaneCount: 4 });
  });

  it("is read without a port, as on a machine that gives a disk to a guest", async () => {
    const host = new TreeHost();
    host.add("/sys/devices/pci0000:00/0000:00:05.0", { current_link_speed: "8.0 GT/s\n", max_link_speed: "16.0 GT/s\n" });

    const raw = await readPcieFunction(host, "/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme0");

    expect(pcieLinkOf(raw)).toMatchObject({ address: "0000:00:05.0", maximumGigatransfersPerSecond: 16, isSuspended: undefined });
    expect(pcieErrorSamples("x", raw)).toEqual([]);
  });

  it("has an address in a domain of its own behind a volume management device", async () => {
    const host = new TreeHost();
    const place = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0";
    host.add(place, { "power/runtime_status": "active\n" });

    expect(pcieLinkOf(await readPcieFunction(host, `${place}/nvme/nvme0`))).toMatchObject({ address: "10000:e1:00.0" });
  });

  it.each(["/sys/devices/virtual/nvme-fabrics/ctl/nvme0", "/sys/devices/platform/soc/27bcc0000.nvme/nvme/nvme0"])(
    "is not behind %s",
    async (path) => {
      expect(await readPcieFunction(new TreeHost(), path)).toBeUndefined();
    },
  );

  it("has unknown counters where they are not as documented", async () => {
    const raw = await readPcieFunction(machine({ aer_dev_correctable: "RxErr 1\nTOTAL_ERR_COR many\n" }), controller);

    expect(pcieErrorSamples("x", raw).map(({ name, value }) => [name, value])).toEqual([
      ["aer_correctable_errors_total", undefined],
      ["aer_nonfatal_errors_total", 2],
      ["aer_fatal_errors_total", 1],
    ]);
  });
});

describe("isSuspended", () => {
  it.each([
    { status: "active\n", expected: false },
    { status: "unsupported\n", expected: false },
    { status: "suspended\n", expected: true },
    { status: "suspending\n", expected: true },
    { status: "resuming\n", expected: undefined },
    { status: "error\n", expected: undefined },
  ])("is $expected for $status", ({ status, expected }) => {
    expect(isSuspended(readText(status))).toBe(expected);
  });

  it("is unknown where the kernel does not say", () => {
    expect(isSuspended(notThere())).toBeUndefined();
  });
});
