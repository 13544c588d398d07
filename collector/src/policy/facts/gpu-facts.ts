/** GPUs as policies speak of them. Pure. */
import { create } from "@bufbuild/protobuf";
import { type Gpu, type GpuFacts, GpuFactsSchema, type GpuStatus } from "@nodekeeper/proto";
import { canCompute, isLent } from "@nodekeeper/shared/readings";
import { gpuMemoryGib } from "./gpu-memory-gib.ts";
import { gpuProduct } from "./gpu-product.ts";
import type { ToldSubject } from "./heard-probe.ts";
import { known } from "./known-value.ts";

/**
 * The GPUs that can compute, by their id; of one that could not be read now only the id. What a driver says of one that sleeps is what it said last,
 * and stands: a card does not change while it sleeps.
 */
export function gpuFacts(devices: readonly ToldSubject[], statuses: readonly ToldSubject[]): readonly GpuFacts[] {
  const statusOf = new Map(statuses.map(({ id, value }) => [id, value?.case === "gpuStatus" ? value.value : undefined]));
  return devices
    .filter(isForComputing)
    .map(({ id, value }) => (value?.case === "gpu" ? oneGpu(id, value.value, statusOf.get(id)) : create(GpuFactsSchema, { id })))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isForComputing({ isAbsent, lastValue }: ToldSubject): boolean {
  if (isAbsent || lastValue?.case !== "gpu") return false;
  return canCompute(lastValue.value.vendor) && !isLent(lastValue.value.driver);
}

/** The name is that of the bus where it has one: it is also told while the driver does not answer, and so does not change then. */
function oneGpu(id: string, gpu: Gpu, status: GpuStatus | undefined): GpuFacts {
  const productName = gpu.productName || status?.productName;
  return create(GpuFactsSchema, {
    id,
    ...known("vendor", gpu.vendor),
    ...known("productName", productName),
    ...known("product", productName === undefined ? undefined : gpuProduct(productName)),
    ...known("memoryGib", memoryOf(gpu, status)),
    ...known("isIntegrated", gpu.isIntegrated),
    computeCapability: ofNvidia(gpu, status?.computeCapability),
    driverVersion: ofNvidia(gpu, gpu.driverVersion || status?.driverVersion),
  });
}

function memoryOf({ isIntegrated }: Gpu, status: GpuStatus | undefined): number | undefined {
  if (isIntegrated === true) return 0;
  return status?.memoryTotalBytes === undefined ? undefined : gpuMemoryGib(Number(status.memoryTotalBytes));
}

/** What NVIDIA's have is known to be empty of others, and unknown of NVIDIA's where it was not told. */
function ofNvidia({ vendor }: Gpu, value: string | undefined): string | undefined {
  if (vendor !== "nvidia" && vendor !== "") return "";
  return value === "" ? undefined : value;
}
