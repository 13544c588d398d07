/** The power of the Raspberry Pi of the corpus, as its firmware and its kernel tell of it. */
import type { Scene } from "../scene.ts";

/** The recorded one had a weak moment after its start: here it never had. */
export async function calmPi(scene: Scene): Promise<void> {
  const log = await scene.read("dev/kmsg");
  await scene.write("dev/kmsg", log.replace(/^.*(?:Undervoltage detected|Voltage normalised).*\n/gm, ""));
  await setVoltage(scene, "good");
}

/** Below 4.63 V now, or well and never below it since the start. */
export async function setVoltage(scene: Scene, voltage: "low" | "good"): Promise<void> {
  const isLow = voltage === "low";
  await scene.write("sys/class/hwmon/hwmon3/in0_lcrit_alarm", isLow ? "1\n" : "0\n");
  await scene.programText(
    "pi-firmware",
    `throttled=${isLow ? "0x50005" : "0x0"}\nEXT5V_V volt(24)=${isLow ? "4.58" : "5.09"}512000V\n`,
  );
}
