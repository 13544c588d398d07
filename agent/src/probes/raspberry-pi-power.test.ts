/** Power and throttling of a Raspberry Pi. */
import { AppError } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import { createRaspberryPiProbe } from "./raspberry-pi.ts";
import { createKernelLogFollower } from "./support/kernel-log/kernel-log-follower.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { PiMachine } from "./test-support/raspberry-pi-machine.ts";
import { denied } from "./test-support/tree-host.ts";

const probe = createRaspberryPiProbe();

let host: PiMachine;

beforeEach(() => {
  host = new PiMachine();
});

describe("power of a Raspberry Pi", () => {
  const dip = "2,1,5000000,-;hwmon hwmon4: Undervoltage detected!\n4,2,9000000,-;hwmon hwmon4: Voltage normalised\n";

  it("is too low now, and therefore was since the start", async () => {
    host.addChip(4, { name: "rpi_volt\n", in0_lcrit_alarm: "1\n" });

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({
      isUnderVoltage: true,
      hasBeenUnderVoltage: true,
      powerSource: "rpi_volt",
    });
  });

  it("was too low where the kernel's log says so, which a follower need not read again", async () => {
    host.add("/dev", { kmsg: `6,0,0,-;Booting Linux\n${dip}` });
    using follower = createKernelLogFollower();
    await follower.catchUp(host, new AbortController().signal);

    const facts = factsAt(await runToPayload(createRaspberryPiProbe(follower), host), "raspberry_pi");

    expect(facts).toMatchObject({ isUnderVoltage: false, hasBeenUnderVoltage: true });
    expect(facts).toEqual(factsAt(await runToPayload(probe, host), "raspberry_pi"));
  });

  it("is known from the log alone where there is no driver for it now", async () => {
    host.remove("/sys/class/hwmon/hwmon4");
    host.add("/dev", { kmsg: `6,0,0,-;Booting Linux\n${dip}` });

    const facts = factsAt(await runToPayload(probe, host), "raspberry_pi");

    expect(facts).toMatchObject({ hasBeenUnderVoltage: true, powerSource: "kernel-log" });
    expect(facts).not.toHaveProperty("isUnderVoltage");
  });

  it.each([
    { name: "the log does not reach back to the start", kmsg: "6,77,0,-;something\n", remove: "/nothing" },
    { name: "the log may not be read", kmsg: denied("/dev/kmsg"), remove: "/nothing" },
    { name: "nobody would have told", kmsg: "6,0,0,-;Booting Linux\n", remove: "/sys/class/hwmon/hwmon4" },
  ])("is unknown for the past where $name", async ({ kmsg, remove }) => {
    host.add("/dev", { kmsg });
    host.remove(remove);

    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).not.toHaveProperty("hasBeenUnderVoltage");
  });

  it("is remembered when it was too low in an earlier run", async () => {
    host.add("/dev", { kmsg: "6,77,0,-;something\n" });

    const payload = await host.runAfter(probe, { hasBeenUnderVoltage: true, hasBeenThrottled: true }, { lastRunMs: 0 });

    expect(factsAt(payload, "raspberry_pi")).toMatchObject({
      ...{ isUnderVoltage: false, hasBeenUnderVoltage: true, hasBeenThrottled: true },
    });
  });

  it("is unknown where no driver tells it", async () => {
    host.remove("/sys/class/hwmon/hwmon4");

    const facts = factsAt(await runToPayload(probe, host), "raspberry_pi");

    expect(facts).not.toHaveProperty("isUnderVoltage");
    expect(facts).not.toHaveProperty("powerSource");
  });
});

describe("the firmware of a Raspberry Pi", () => {
  let answers: string[];

  beforeEach(() => {
    answers = ["throttled=0x50005\nEXT5V_V volt(24)=4.60310000V\n"];
    host.add("/dev", { vcio: "" });
    host.programs.set("pi-firmware", async () => ({ exitCode: 0, stdout: answers[0] ?? "", stderr: "" }));
  });

  it("tells power and throttling, now and since the start, and the voltage at the input", async () => {
    host.remove("/sys/class/hwmon/hwmon4");

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "raspberry_pi")).toMatchObject({
      ...{ isUnderVoltage: true, isFrequencyCapped: false, isThrottled: true, isAtSoftTemperatureLimit: false },
      ...{ hasBeenUnderVoltage: true, hasBeenFrequencyCapped: false, hasBeenThrottled: true },
      ...{ hasBeenAtSoftTemperatureLimit: false, powerSource: "firmware" },
    });
    expect(samplesAt(payload, "raspberry_pi")).toMatchObject({ pmic_input_volts: 4.6031 });
  });

  it("is believed about the past, and the driver about the voltage now, which is asked more often", async () => {
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({
      isUnderVoltage: false,
      hasBeenUnderVoltage: true,
    });

    answers = ["throttled=0x0\n"];
    host.add("/dev", { kmsg: "6,77,0,-;something\n" });
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).toMatchObject({ hasBeenUnderVoltage: false });
  });

  it("is asked once a minute, and at once when the voltage falls; what it said is kept in between", async () => {
    const minute = Math.floor(host.clock.wallMs / 60_000) * 60_000;
    const before = { isThrottled: true, hasBeenThrottled: false, isUnderVoltage: false, powerSource: "firmware" };

    const kept = await host.runAfter(probe, before, { lastRunMs: minute + 1, volts: 5.1 });
    expect(host.calls).toEqual([]);
    expect(factsAt(kept, "raspberry_pi")).toMatchObject({ isThrottled: true, hasBeenThrottled: false, powerSource: "firmware" });
    expect(samplesAt(kept, "raspberry_pi")).toMatchObject({ pmic_input_volts: 5.1 });

    await host.runAfter(probe, before, { lastRunMs: minute - 1 });
    expect(host.calls).toEqual(["pi-firmware"]);
    host.addChip(4, { name: "rpi_volt\n", in0_lcrit_alarm: "1\n" });
    await host.runAfter(probe, before, { lastRunMs: minute + 1 });
    await host.runAfter(probe, { ...before, isUnderVoltage: true }, { lastRunMs: minute + 1 });
    expect(host.calls).toHaveLength(2);
  });

  it.each([
    { name: "does not know the question", answer: 'error=1 error_msg="Command not registered"\n' },
    { name: "answers nothing", answer: "" },
    { name: "answers something else", answer: "throttled=yes\nEXT5V_V volt(24)=high\n" },
  ])("leaves unknown what it $name", async ({ answer }) => {
    answers = [answer];

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "raspberry_pi")).not.toHaveProperty("isThrottled");
    expect(factsAt(payload, "raspberry_pi")).toMatchObject({ powerSource: "rpi_volt" });
    expect(samplesAt(payload, "raspberry_pi")).not.toHaveProperty("pmic_input_volts");
  });

  it("leaves unknown what cannot be asked", async () => {
    host.programs.set("pi-firmware", async () => {
      throw new AppError("HOST_COMMAND_TIMEOUT", "pi-firmware did not end within 5 s");
    });
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).not.toHaveProperty("isThrottled");

    host.calls.length = 0;
    host.remove("/dev/vcio");
    expect(factsAt(await runToPayload(probe, host), "raspberry_pi")).not.toHaveProperty("isThrottled");
    expect(host.calls).toEqual([]);
  });
});
