/** The list of this folder. A test holds the two together. */
import type { Probe } from "../probe.ts";
import { disks } from "./disks.ts";
import { smart } from "./smart.ts";

/** Every probe, in the order in which `doctor` shows them. */
export const probes: readonly Probe[] = [disks, smart];
