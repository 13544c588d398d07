/** The conditions there are. */
import type { Condition } from "./condition.ts";
import { diskHealthy } from "./disk-healthy.ts";
import { gpuHealthy } from "./gpu-healthy.ts";
import { storagePrerequisites } from "./storage-prerequisites.ts";
import { tailnetConnected } from "./tailnet-connected.ts";

/** Every condition. */
export const conditions: readonly Condition[] = [diskHealthy, tailnetConnected, gpuHealthy, storagePrerequisites];
