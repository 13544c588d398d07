import { Outcome } from "@nodekeeper/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { sensors } from "./sensors.ts";
import { factsAt, runOnce, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { denied, ioError, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";

let host: TreeHost;

beforeEach(() => {
  host = new TreeHost();
});

/** Adds a chip at a place of /sys/devices, linked from /sys/class/hwmon under a number. */
function addChip(number: number, device: string, files: Readonly<Record<string, TreeEntry>>): void {
  const place = `/sys/devices/${device}/hwmon/hwmon${number}`;
  host.add("/sys/class/hwmon", { [`hwmon${number}`]: { link: place } });
  host.add(place, { ...files, device: { link: `/sys/devices/${device}` } });
  host.add(`/sys/devices/${device}`, { uevent: "" });
}

function addZone(number: number, files: Readonly<Record<string, TreeEntry>>): void {
  const place = `/sys/devices/virtual/thermal/thermal_zone${number}`;
  host.add("/sys/class/thermal", { [`thermal_zone${number}`]: { link: place } });
  host.add(place, files);
}

const nvme = {
  name: "nvme\n",
  temp1_label: "Composite\n",
  temp1_input: "38850\n",
  temp1_max: "81850\n",
  temp1_crit: "84850\n",
  temp1_alarm: "0\n",
  temp2_label: "Sensor 1\n",
  temp2_input: "40850\n",
  temp2_max: "65261850\n",
  temp2_min: "-273150\n",
};

describe("sensors", () => {
  it("tells temperatures with label, device and the limits that the chip states", async () => {
    addChip(3, "pci0000:00/0000:01:00.0/nvme/nvme0", nvme);

    const payload = await runToPayload(sensors, host);

    expect(factsAt(payload, "sensor", "nvme/nvme0/temp1")).toEqual({
      chip: "nvme",
      label: "Composite",
      type: "SENSOR_TYPE_TEMPERATURE",
      device: "nvme0",
      maximum: 81.85,
      critical: 84.85,
    });
    expect(samplesAt(payload, "sensor", "nvme/nvme0/temp1")).toEqual({ temperature_celsius: 38.85, is_alarm: 0 });
    expect(payload.lists).toMatchObject([{ kind: "sensor", isComplete: true }]);
  });

  it("leaves out what drivers say when there is no limit", async () => {
    addChip(3, "nvme0", nvme);

    const payload = await runToPayload(sensors, host);

    expect(factsAt(payload, "sensor", "nvme/nvme0/temp2")).toEqual({
      chip: "nvme",
      label: "Sensor 1",
      type: "SENSOR_TYPE_TEMPERATURE",
      device: "nvme0",
    });
    expect(samplesAt(payload, "sensor", "nvme/nvme0/temp2")).toEqual({ temperature_celsius: 40.85 });
  });

  it("tells fans, voltages and powers in their units", async () => {
    addChip(1, "platform/pwmfan", { name: "pwmfan\n", fan1_input: "3163\n", pwm1: "75\n" });
    addChip(2, "0000:03:00.0", {
      name: "amdgpu\n",
      power1_average: "31000000\n",
      power1_input: "1\n",
      in0_input: "793\n",
      freq1_input: "5\n",
      curr1_input: "1\n",
    });

    const payload = await runToPayload(sensors, host);

    expect(samplesAt(payload, "sensor", "pwmfan/pwmfan/fan1")).toEqual({ speed_rpm: 3163 });
    expect(samplesAt(payload, "sensor", "amdgpu/0000:03:00.0/power1")).toEqual({ power_watts: 31 });
    expect(samplesAt(payload, "sensor", "amdgpu/0000:03:00.0/in0")).toEqual({ voltage_volts: 0.793 });
    expect(payload.subjects).toHaveLength(3);
  });

  it("tells a sensor that has nothing but an alarm", async () => {
    addChip(4, "soc/firmware", { name: "rpi_volt\n", in0_lcrit_alarm: "1\n" });

    const payload = await runToPayload(sensors, host);

    expect(factsAt(payload, "sensor", "rpi_volt/firmware/in0")).toMatchObject({
      chip: "rpi_volt",
      label: "in0",
      type: "SENSOR_TYPE_VOLTAGE",
    });
    expect(samplesAt(payload, "sensor", "rpi_volt/firmware/in0")).toEqual({ is_alarm: 1 });
  });

  it("does not repeat the alarm of a voltage whose limits nobody set", async () => {
    addChip(1, "platform/nct6775.656", {
      name: "nct6779\n",
      in1_input: "1024\n",
      in1_max: "0\n",
      in1_alarm: "1\n",
      in0_input: "792\n",
      in0_max: "1744\n",
      in0_alarm: "1\n",
    });

    const payload = await runToPayload(sensors, host);

    expect(samplesAt(payload, "sensor", "nct6779/nct6775.656/in1")).toEqual({ voltage_volts: 1.024 });
    expect(samplesAt(payload, "sensor", "nct6779/nct6775.656/in0")).toEqual({ voltage_volts: 0.792, is_alarm: 1 });
  });

  it("keeps the ids when chips are numbered anew", async () => {
    addChip(0, "pci/nvme/nvme0", nvme);
    addChip(1, "pci/0000:00:18.3", { name: "k10temp\n", temp1_input: "45000\n", temp1_label: "Tctl\n" });
    const before = await runToPayload(sensors, host);
    host = new TreeHost();
    addChip(7, "pci/0000:00:18.3", { name: "k10temp\n", temp1_input: "45000\n", temp1_label: "Tctl\n" });
    addChip(2, "pci/nvme/nvme0", nvme);

    const after = await runToPayload(sensors, host);

    expect(after.subjects.map((subject) => subject.id).sort()).toEqual(before.subjects.map((subject) => subject.id).sort());
    expect(before.subjects.map((subject) => subject.id)).toContain("k10temp/0000:00:18.3/temp1");
  });

  it("tells two chips of one name in one device apart", async () => {
    for (const number of [8, 9]) {
      const place = `/sys/class/hwmon/hwmon${number}`;
      host.add(place, { name: "mt7996_phy0\n", temp1_input: `${number}000\n` });
    }

    const payload = await runToPayload(sensors, host);

    expect(payload.subjects.map((subject) => subject.id)).toEqual(["mt7996_phy0/temp1", "mt7996_phy0/temp1#2"]);
  });

  it.each([
    {
      why: "its input gives an error",
      input: ioError("/x/temp1_input", "ENODATA"),
      message: "cannot read /x/temp1_input: i/o error (ENODATA)",
    },
    { why: "its input is no number", input: "N/A\n", message: '/sys/class/hwmon/hwmon0/temp1_input: it is not a number: "N/A"' },
    { why: "its input is empty", input: "", message: '/sys/class/hwmon/hwmon0/temp1_input: it is not a number: ""' },
  ])("fails one sensor when $why, not its chip", async ({ input, message }) => {
    addChip(0, "nvme0", { ...nvme, temp1_input: input });

    const payload = await runToPayload(sensors, host);

    expect(factsAt(payload, "sensor", "nvme/nvme0/temp1")).toContain(message);
    expect(samplesAt(payload, "sensor", "nvme/nvme0/temp2")).toEqual({ temperature_celsius: 40.85 });
    expect(payload.lists).toMatchObject([{ isComplete: true }]);
  });

  it("fails a sensor that its chip calls faulty", async () => {
    addChip(0, "x", { name: "jc42\n", temp1_input: "127000\n", temp1_fault: "1\n" });

    expect(factsAt(await runToPayload(sensors, host), "sensor", "jc42/x/temp1")).toBe(
      "HOST_READ_FAILED: /sys/class/hwmon/hwmon0/temp1_fault: the chip says that the sensor is faulty",
    );
  });

  it("does without a label or a limit that cannot be read", async () => {
    addChip(0, "nvme0", { ...nvme, temp1_label: ioError("/x"), temp1_max: ioError("/x"), temp1_crit: "soon\n" });

    const payload = await runToPayload(sensors, host);

    expect(factsAt(payload, "sensor", "nvme/nvme0/temp1")).toEqual({
      chip: "nvme",
      label: "temp1",
      type: "SENSOR_TYPE_TEMPERATURE",
      device: "nvme0",
    });
    expect(samplesAt(payload, "sensor", "nvme/nvme0/temp1")).toMatchObject({ temperature_celsius: 38.85 });
  });

  it("says that something is missing when a chip may not be looked into", async () => {
    addChip(0, "nvme0", nvme);
    addChip(1, "x", { name: denied("/sys/class/hwmon/hwmon1/name"), temp1_input: "1000\n" });

    const payload = await runToPayload(sensors, host);

    expect(payload.subjects).toHaveLength(2);
    expect(payload.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } }]);
  });

  it("leaves disks to the probe that lets them sleep", async () => {
    addChip(6, "0:0:0:0", { name: "drivetemp\n", temp1_input: "30000\n" });

    await expect(runOnce(sensors, host)).resolves.toBeUndefined();
  });

  it("knows old drivers, whose files lie in the folder of the device", async () => {
    host.add("/sys/class/hwmon", { hwmon2: { link: "/sys/devices/applesmc.768/hwmon/hwmon2" } });
    host.add("/sys/devices/applesmc.768/hwmon/hwmon2", { device: { link: "/sys/devices/applesmc.768" } });
    host.add("/sys/devices/applesmc.768", { name: "applesmc\n", temp5_input: "42000\n", temp5_label: "TC0P\n" });

    expect(factsAt(await runToPayload(sensors, host), "sensor", "applesmc/applesmc.768/temp5")).toMatchObject({ label: "TC0P" });
  });

  describe("thermal zones", () => {
    it("are sensors with their critical trip point", async () => {
      addZone(0, {
        type: "x86_pkg_temp\n",
        temp: "47000\n",
        trip_point_0_type: "passive\n",
        trip_point_0_temp: "1\n",
        trip_point_1_type: "critical\n",
        trip_point_1_temp: "105000\n",
      });

      const payload = await runToPayload(sensors, host);

      expect(factsAt(payload, "sensor", "x86_pkg_temp/temp")).toEqual({
        chip: "x86_pkg_temp",
        label: "x86_pkg_temp",
        type: "SENSOR_TYPE_TEMPERATURE",
        device: "thermal_zone0",
        critical: 105,
      });
      expect(samplesAt(payload, "sensor", "x86_pkg_temp/temp")).toEqual({ temperature_celsius: 47 });
    });

    it("are told apart by their numbers where two have one type", async () => {
      addZone(0, { type: "acpitz\n", temp: "27800\n" });
      addZone(1, { type: "acpitz\n", temp: "29800\n" });
      addZone(2, { type: denied("/sys/class/thermal/thermal_zone2/type"), temp: "1\n" });

      const payload = await runToPayload(sensors, host);

      expect(payload.subjects.map((subject) => subject.id)).toEqual(["acpitz/thermal_zone0/temp", "acpitz/thermal_zone1/temp"]);
      expect(payload.lists).toMatchObject([{ isComplete: false }]);
    });

    it("are left out where a chip shows the same", async () => {
      addZone(0, { type: "cpu-thermal\n", temp: "54500\n" });
      addChip(0, "virtual/thermal/thermal_zone0", { name: "cpu_thermal\n", temp1_input: "54500\n" });

      const payload = await runToPayload(sensors, host);

      expect(payload.subjects.map((subject) => subject.id)).toEqual(["cpu_thermal/thermal_zone0/temp1"]);
    });

    it("fail alone", async () => {
      addZone(0, { type: "iwlwifi_1\n", temp: ioError("/sys/class/thermal/thermal_zone0/temp", "ENODATA") });
      addZone(1, { type: "acpitz\n", temp: "29800\n" });

      const payload = await runToPayload(sensors, host);

      expect(payload.subjects.map((subject) => subject.outcome)).toEqual([Outcome.FAILED, Outcome.OK]);
    });
  });

  it("is absent where there is no folder, and where there is nothing in it", async () => {
    await expect(runOnce(sensors, host)).resolves.toBeUndefined();

    host.add("/sys/class/thermal", { cooling_device0: "" });

    await expect(runOnce(sensors, host)).resolves.toBeUndefined();
  });

  it("is not absent where it may not look", async () => {
    host.entries.set("/sys/class/hwmon", denied("/sys/class/hwmon"));

    const payload = await runToPayload(sensors, host);

    expect(payload.subjects).toEqual([]);
    expect(payload.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } }]);
  });
});
