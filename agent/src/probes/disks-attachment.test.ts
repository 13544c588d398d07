/** What disks are attached by: USB bridges and PCIe links. */
import { beforeEach, describe, expect, it } from "vitest";
import { addNvme, addUsb } from "./test-support/devices.ts";
import { DisksMachine } from "./test-support/disks-machine.ts";
import { factsAt, samplesAt } from "./test-support/payload-view.ts";
import { addPcieFiles, pcieFunction, pciePort } from "./test-support/storage.ts";

const nvmeId = "eui.0000000000000011";

let machine: DisksMachine;

beforeEach(() => {
  machine = new DisksMachine();
});

describe("feature 21: USB bridge identity and quirks", () => {
  it("names the bridge, its driver and speed, and what is known of it", async () => {
    addUsb(machine, "b", "2-1.4");
    const usb = "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1.4";
    machine.add(usb, {
      idVendor: "152D\n",
      idProduct: "0583\n",
      manufacturer: "JMicron\n",
      product: "USB to NVMe\n",
      speed: "10000\n",
    });
    machine.add(`${usb}/2-1.4:1.0`, { driver: { link: "/sys/bus/usb/drivers/uas" } });
    machine.add("/sys/bus/usb/drivers/uas", { bind: "" });

    expect(factsAt(await machine.probe(), "block_device", "serial:Tech_DD56419883891")).toMatchObject({
      usbBridge: {
        vendorId: "152d",
        productId: "0583",
        manufacturer: "JMicron",
        product: "USB to NVMe",
        driver: "uas",
        speedBitsPerSecond: "10000000000",
        knownTrouble: expect.stringContaining("resets the USB port"),
      },
    });
  });
});

describe("feature 22: PCIe link now and at most, and error counters, of NVMe", () => {
  it("tells the link and the counters of the controller's function", async () => {
    addNvme(machine, 1, {}, pcieFunction);
    addPcieFiles(machine);

    const payload = await machine.probe();

    expect(factsAt(payload, "block_device", nvmeId)).toMatchObject({
      pcieLink: {
        address: "0000:01:00.0",
        gigatransfersPerSecond: 8,
        maximumGigatransfersPerSecond: 8,
        laneCount: 4,
        maximumLaneCount: 4,
        isSuspended: false,
      },
    });
    expect(samplesAt(payload, "block_device", nvmeId)).toMatchObject({
      aer_correctable_errors_total: 4,
      aer_nonfatal_errors_total: 2,
      aer_fatal_errors_total: 1,
    });
  });

  it("calls the link of a disk whole that does all that its slot can, as on a Raspberry Pi", async () => {
    addNvme(machine, 1, {}, pcieFunction);
    addPcieFiles(
      machine,
      { current_link_speed: "5.0 GT/s PCIe\n", current_link_width: "1\n" },
      { max_link_speed: "5.0 GT/s PCIe\n", max_link_width: "1\n" },
    );

    expect(factsAt(await machine.probe(), "block_device", nvmeId)).toMatchObject({
      pcieLink: { gigatransfersPerSecond: 5, maximumGigatransfersPerSecond: 5, laneCount: 1, maximumLaneCount: 1 },
    });
  });

  it.each(["suspended", "suspending", "resuming", "error"])(
    "reads no file that would wake a function that is %s",
    async (status) => {
      addNvme(machine, 1, {}, pcieFunction);
      addPcieFiles(machine, { "power/runtime_status": `${status}\n` });

      const payload = await machine.probe();

      expect(machine.reads.filter((path) => /^\/sys\/devices\/pci.*(?:link|aer)/.test(path))).toEqual([]);
      const isSuspended = status.startsWith("suspend") ? { isSuspended: true } : {};
      expect(factsAt(payload, "block_device", nvmeId)).toMatchObject({ pcieLink: { address: "0000:01:00.0", ...isSuspended } });
      expect(samplesAt(payload, "block_device", nvmeId)).toMatchObject({ aer_correctable_errors_total: undefined });
    },
  );

  it("asks a port that sleeps for nothing", async () => {
    addNvme(machine, 1, {}, pcieFunction);
    addPcieFiles(machine, { current_link_width: "1\n" }, { "power/runtime_status": "suspended\n" });

    await machine.probe();

    expect(
      machine.reads.filter((path) => path.startsWith(pciePort) && path.includes("link") && !path.startsWith(pcieFunction)),
    ).toEqual([]);
  });
});
