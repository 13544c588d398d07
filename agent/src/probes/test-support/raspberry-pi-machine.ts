/** A Raspberry Pi for tests of the probe of that name. */
import { create } from "@bufbuild/protobuf";
import { RaspberryPiSchema, type Subject } from "@nodekeeper/proto";
import { okSubject, type Payload, type SubjectValue } from "../../payload.ts";
import type { Past, Probe } from "../../probe.ts";
import { TreeHost } from "./tree-host.ts";

/** The device tree. */
export const tree = "/sys/firmware/devicetree/base";

/** The external connector's root complex. */
const connector = "/sys/devices/platform/axi/1000110000.pcie/pci0001:00";

const awakeLink = {
  "power/runtime_status": "active\n",
  current_link_speed: "5.0 GT/s PCIe\n",
  current_link_width: "1\n",
  max_link_speed: "8.0 GT/s PCIe\n",
  max_link_width: "4\n",
};

/** A Pi 5 with 8 GiB, a fan and an NVMe disk, of which nothing is wrong. */
export class PiMachine extends TreeHost {
  constructor() {
    super({
      [`${tree}/model`]: "Raspberry Pi 5 Model B Rev 1.0\0",
      [`${tree}/system/linux,revision`]: "\x00\xd0\x41\x70",
      [`${tree}/chosen/bootloader/version`]: "5855b10b1ea0b1fb3a2a3a0b5c8c2bc9d7b5a5e6\0",
      [`${tree}/chosen/bootloader/build-timestamp`]: "\x68\xd5\x20\x00",
      [`${tree}/axi/pcie@1000110000/status`]: "okay\0",
      [`${tree}/axi/pcie@1000120000/status`]: "okay\0",
      "/proc/sys/kernel/osrelease": "6.12.47+rpt-rpi-2712\n",
      "/proc/1/auxv": auxiliaryVector(16384),
      "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
      "/boot/firmware/config.txt": "# dtparam=pciex1_gen=1\n[all]\ndtparam=pciex1_gen=3\n",
      "/dev/kmsg": "6,0,0,-;Booting Linux on physical CPU 0x0000000000 [0x414fd0b1]\n",
    });
    this.addChip(1, { name: "pwmfan\n", fan1_input: "3163\n" });
    this.addChip(4, { name: "rpi_volt\n", in0_lcrit_alarm: "0\n" });
    this.add("/sys/class/thermal/cooling_device0", { type: "pwm-fan\n", cur_state: "2\n", max_state: "4\n" });
    this.addFunction(`${connector}/0001:00:00.0`, { class: "0x060400\n", vendor: "0x14e4\n", driver: "" });
    this.addFunction(`${connector}/0001:00:00.0/0001:01:00.0`, {
      ...awakeLink,
      class: "0x010802\n",
      vendor: "0x144d\n",
      driver: "",
    });
    this.add(`${connector}/0001:00:00.0/0001:01:00.0/nvme`, { nvme0: "" });
    this.addFunction("/sys/devices/platform/axi/1000120000.pcie/pci0002:00/0002:00:00.0/0002:01:00.0", {
      ...{ class: "0x020000\n", vendor: "0x1de4\n", driver: "" },
    });
  }

  /** Adds a chip of hwmon under a number. */
  addChip(number: number, files: Readonly<Record<string, string>>): void {
    this.add(`/sys/class/hwmon/hwmon${number}`, files);
  }

  /** Adds a PCIe function at a place of /sys/devices. */
  addFunction(path: string, files: Readonly<Record<string, string>>): void {
    this.add(path, files);
    this.add("/sys/bus/pci/devices", { [path.slice(path.lastIndexOf("/") + 1)]: { link: path } });
  }

  /** Runs the probe as an agent does whose last run was then, and found this. */
  async runAfter(
    probe: Probe,
    before: SubjectValue<"raspberry_pi">,
    { lastRunMs, volts }: { readonly lastRunMs: number; readonly volts?: number },
  ): Promise<Payload> {
    const subject: Subject = okSubject("raspberry_pi", "", create(RaspberryPiSchema, before));
    const past: Past = {
      ...{ faulty: new Set(), failureOf: () => undefined, sample: () => volts },
      readings: (kind) => (kind === subject.kind ? [subject] : []),
    };
    const payload = probe.parse(await probe.read(this, new AbortController().signal, () => lastRunMs, past));
    if (payload === undefined) throw new Error("the probe says absent");
    return payload;
  }
}

function auxiliaryVector(pageBytes: number): string {
  const words = [33n, 0xffff_8000_1234_0000n, 6n, BigInt(pageBytes), 17n, 100n, 0n, 0n];
  return Buffer.from(new BigUint64Array(words).buffer).toString("latin1");
}
