/** The list of this folder. A test holds the two together. */
import type { Probe } from "../probe.ts";
import { disks } from "./disks.ts";
import { network } from "./network.ts";
import { sensors } from "./sensors.ts";
import { smart } from "./smart.ts";
import { system } from "./system.ts";

/** Every probe, in the order in which `doctor` shows them. */
export const probes: readonly Probe[] = [system, disks, smart, network, sensors];
