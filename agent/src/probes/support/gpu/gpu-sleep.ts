/** Whether a GPU sleeps, whether it could, and what waking it would cost (kernel documentation, power/runtime_pm and sysfs-devices-power). Pure. */
import { GpuPower } from "@nodekeeper/proto";
import { integerOf, textOf } from "../block/file-values.ts";
import { isSuspended } from "../block/pcie-function.ts";
import { printable } from "../printable.ts";
import { nvidiaFilesOf } from "./nvidia-files.ts";
import type { RawGpu } from "./raw-gpu.ts";

/** Why a GPU cannot sleep; `isPossible` is undefined where that is not known. */
export interface SleepAbility {
  readonly isPossible: boolean | undefined;
  readonly impossibleBecause: string;
}

/** Awake, asleep, or not known, as where the kernel failed to wake it. A kernel without power management suspends nothing. */
export function gpuPowerOf({ runtimeStatus }: RawGpu): GpuPower {
  if (runtimeStatus.outcome === "absent" || textOf(runtimeStatus) === "resuming") return GpuPower.AWAKE;
  const isAsleep = isSuspended(runtimeStatus);
  if (isAsleep === undefined) return GpuPower.UNSPECIFIED;
  return isAsleep ? GpuPower.ASLEEP : GpuPower.AWAKE;
}

/** Whether the kernel and the driver let it sleep. NVIDIA's driver says so in its own words: "Enabled (fine-grained)", "Not supported" … */
export function sleepAbilityOf(gpu: RawGpu): SleepAbility {
  const { runtimeD3 } = nvidiaFilesOf(gpu.nvidia);
  const control = textOf(gpu.files["power/control"]);
  if (gpuPowerOf(gpu) === GpuPower.ASLEEP) return { isPossible: true, impossibleBecause: "" };
  if (/^(?:Disabled|Not supported)/i.test(runtimeD3)) {
    return impossible(`NVIDIA's driver does not let it: runtime D3 is "${runtimeD3}".`);
  }
  if (control === "on") return impossible('The kernel may not suspend it: power/control is "on".');
  if (textOf(gpu.runtimeStatus) === "unsupported") return impossible("The kernel has no power management for it.");
  return { isPossible: control === "auto" ? true : undefined, impossibleBecause: "" };
}

/** How long the kernel waits after the last use before it suspends it; undefined where the driver has its own way. */
export function autosuspendDelayMs({ files }: RawGpu): number | undefined {
  return integerOf(files["power/autosuspend_delay_ms"], 0, maximumDelayMs);
}

/** power_state of the bus. */
export function pciPowerStateOf({ files }: RawGpu): string {
  return printable(textOf(files["power_state"]) ?? "", 16);
}

/** In one sentence; empty for one that is awake. The watts are those that users of laptops with NVIDIA's GPUs measured. */
export function wakeCostOf(gpu: RawGpu): string {
  if (gpuPowerOf(gpu) !== GpuPower.ASLEEP) return "";
  const { videoMemory } = nvidiaFilesOf(gpu.nvidia);
  const state = pciPowerStateOf(gpu);
  const from = /^D[123]/.test(state) ? `out of ${state}` : "out of its sleep";
  if (gpu.nvidia === undefined) return `Waking it brings it ${from}, and it draws power until some seconds after its last use.`;
  const memory = videoMemory === "Off" ? " and its video memory, which is off, back to life" : "";
  return `Waking it brings the card ${from}${memory}; laptops were measured to draw 20 to 25 W more until it sleeps again, some seconds after its last use.`;
}

const maximumDelayMs = 600_000;

function impossible(because: string): SleepAbility {
  return { isPossible: false, impossibleBecause: because };
}
