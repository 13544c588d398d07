/** What a GPU is called in sentences. */
import { type NodeView, valuesOf } from "../../state/node-view.ts";

/** Finds e.g. "NVIDIA GeForce RTX 5070 Ti (0000:01:00.0)" by the GPU's id; the id itself where nobody knows it. */
export function gpuNames(view: NodeView): (id: string) => string {
  const names = new Map<string, string>();
  for (const valueCase of ["gpu", "gpuStatus"] as const) {
    for (const { subject, value } of valuesOf(view, valueCase)) {
      if (value.productName !== "") names.set(subject.id, `${value.productName} (${subject.id})`);
    }
  }
  return (id) => names.get(id) ?? `GPU ${id}`;
}

/** The GPU that the kernel speaks of: its log may leave out the function of the address. */
export function gpuOfKernelDevice(view: NodeView, device: string): string | undefined {
  if (device === "") return undefined;
  return valuesOf(view, "gpu")
    .map(({ subject }) => subject.id)
    .find((id) => id === device || id.startsWith(`${device}.`));
}
