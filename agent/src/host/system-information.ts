/**
 * The only importer of systeminformation. Of its functions only battery() forks nothing on Linux and tells what we do not read ourselves (its
 * version 5.33.23 was read and traced); the others start shells, and all of them answer an error with an empty value. It is loaded on first
 * use, so that a machine without a battery never pays for it.
 *
 * Not taken from it: capacities (it multiplies by the voltage of the moment, so that they never stand still, and joins two numbers by a
 * bitwise or) and mains power (it knows no other names than AC and AC0). The probe reads those from /sys/class/power_supply.
 */
import { AppError } from "@nodekeeper/shared";
import type { BatteryCharge } from "./host.ts";

/** Charge of the battery of this machine; looks only under "/". An empty answer is a failure: whoever asks knows that there is a battery. */
export async function readBattery(): Promise<BatteryCharge> {
  const { battery } = await import("systeminformation");
  const { hasBattery, percent, isCharging, cycleCount } = await battery();
  if (!hasBattery || !Number.isFinite(percent)) {
    throw new AppError("HOST_READ_FAILED", "cannot read the battery: systeminformation found none");
  }
  return { chargePercent: percent, isCharging, cycleCount: cycleCount > 0 ? cycleCount : undefined };
}
