/** Which of the open device files belong to a GPU. Pure. */
import type { FileHolder } from "../../../host/host.ts";
import { nvidiaFilesOf } from "./nvidia-files.ts";
import type { RawGpu } from "./raw-gpu.ts";

/**
 * Those who have it open: /dev/nvidia<minor>, /dev/dri/card0, /dev/dri/renderD128. What all GPUs share (nvidiactl, nvidia-uvm) holds none.
 * Undefined where somebody has one of NVIDIA's open and nobody can tell which: one that has slept since we know it has told no minor.
 */
export function holdersOf(gpu: RawGpu, all: readonly FileHolder[], isOnlyNvidia: boolean): readonly FileHolder[] | undefined {
  const { minor } = nvidiaFilesOf(gpu.nvidia);
  const paths = new Set(gpu.drmNames.map((name) => `/dev/dri/${name}`));
  if (minor !== undefined) paths.add(`/dev/nvidia${minor}`);
  const isUnsure = gpu.nvidia !== undefined && minor === undefined;
  if (isUnsure && !isOnlyNvidia && all.some(({ path }) => ofSomeNvidia.test(path))) return undefined;
  return all.filter(({ path }) => paths.has(path) || (isUnsure && ofSomeNvidia.test(path)));
}

const ofSomeNvidia = /^\/dev\/nvidia\d+$/;
