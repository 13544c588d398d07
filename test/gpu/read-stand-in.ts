/** One reading of a stand-in's GPUs, as the probe makes it. */
import { systemClock } from "@nodekeeper/shared";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import type { DriverReading } from "../../agent/src/probes/support/gpu/driver-reading.ts";
import { readNvidiaDriver } from "../../agent/src/probes/support/gpu/nvidia/read-driver.ts";
import { completeAddress } from "./complete-gpu.ts";
import type { StandInHost } from "./stand-in.ts";

/** Asks about the GPUs at these addresses; by default about the complete one. */
export async function readStandIn(
  { root }: StandInHost,
  addresses: readonly string[] = [completeAddress],
): Promise<DriverReading> {
  return await readNvidiaDriver(createLocalHost({ root, clock: systemClock }), new AbortController().signal, addresses);
}
