/** A GPU that has fallen off the bus is told by its driver, by an Xid and by the kernel: it is one event, and one finding. */
import { Outcome } from "@nodekeeper/proto";
import { type NodeView, valuesOf } from "../../state/node-view.ts";
import { gpuOfKernelDevice } from "./gpu-names.ts";
import { xidNumber } from "./xid.ts";

/** The Xid that says so. */
export const lostXid = 79;

/** True while gpu-unavailable says so of the GPU that the kernel calls by this name. */
export function isLost(device: string, view: NodeView): boolean {
  const id = gpuOfKernelDevice(view, device);
  return view.subjects.some(
    ({ kind, id: each, outcome, failure }) =>
      kind === "gpu_status" && each === id && outcome === Outcome.FAILED && failure?.code === "GPU_LOST",
  );
}

/** True where the driver told of it by its Xid since the machine was started: gpu-xid says so. */
export function hasLostXid(device: string, view: NodeView): boolean {
  const id = gpuOfKernelDevice(view, device) ?? device;
  return valuesOf(view, "kernelFault").some(({ subject, value }) => {
    const isSame = (gpuOfKernelDevice(view, value.device) ?? value.device) === id;
    return xidNumber(value.code) === lostXid && subject.outcome === Outcome.OK && isSame;
  });
}
