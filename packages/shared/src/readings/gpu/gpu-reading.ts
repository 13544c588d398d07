/** A GPU as the three kinds of the wire tell of it together: the device, what its driver says, and who holds its memory. */
import type { SubjectBody } from "../../api/node.ts";
import { booleanField, textField } from "../fields.ts";
import { type GpuUser, gpuUsers, type MachineFacts } from "./gpu-users.ts";

/** Everything about one GPU. */
export interface GpuReading {
  readonly id: string;
  /** e.g. "NVIDIA GeForce RTX 5070 Ti"; the id where nobody knows it. */
  readonly name: string;
  /** Kind gpu, also while it is absent or unknown. */
  readonly device: SubjectBody;
  /** Kind gpu_status of the same id; undefined where there is none. */
  readonly status: SubjectBody | undefined;
  /** Who holds its memory, as far as the driver named them. */
  readonly users: readonly GpuUser[];
  /** True where the list of processes is whole: only then nobody else holds memory. */
  readonly isUserListWhole: boolean;
  readonly isAsleep: boolean;
  /** When the driver was asked last, in ms since 1970; undefined where it never answered. */
  readonly driverReadAtMs: number | undefined;
}

/** Vendors whose GPUs compute: the adapters of servers and of virtual machines only draw, and are missed by nobody. */
const computingVendors: readonly string[] = ["nvidia", "amd", "intel"];

/** Drivers that hold a GPU for a virtual machine: this machine cannot use it, and is not meant to. */
const lendingDrivers: readonly string[] = ["vfio-pci", "pci-stub", "pciback"];

/** All GPUs of a machine that are known, by their address. One that is gone stays listed for a day. */
export function gpuReadings(facts: MachineFacts): readonly GpuReading[] {
  const statuses = new Map(facts.subjects.filter(isToldStatus).map((status) => [status.id, status]));
  const users = Map.groupBy(gpuUsers(facts), ({ gpuId }) => gpuId);
  const isUserListWhole = facts.lists.some((list) => list.kind === "gpu_process" && list.isComplete);
  return facts.subjects
    .filter(({ kind }) => kind === "gpu")
    .map((device) => {
      const status = statuses.get(device.id);
      const readAtMs = Date.parse(status?.readAt ?? "");
      return {
        id: device.id,
        name: gpuName(device, status),
        device,
        status,
        users: users.get(device.id) ?? [],
        isUserListWhole,
        isAsleep: textField(device, "power") === "asleep",
        driverReadAtMs: Number.isNaN(readAtMs) ? undefined : readAtMs,
      };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A GPU that has slept since its agent was started has a status of which nothing was read: its time is no reading's. */
function isToldStatus({ kind, outcome, value }: SubjectBody): boolean {
  return kind === "gpu_status" && (outcome !== "ok" || Object.keys(value ?? {}).length > 0);
}

/** What people call it; where nobody knows, vendor and PCI id, else its address. */
export function gpuName(device: SubjectBody, status: SubjectBody | undefined): string {
  const told = (status === undefined ? "" : textField(status, "productName")) || textField(device, "productName");
  return told || [textField(device, "vendor"), textField(device, "pciId")].filter((word) => word !== "").join(" ") || device.id;
}

/** Whether one of this vendor computes; one of which nothing was ever read may. */
export function canCompute(vendor: string): boolean {
  return vendor === "" || computingVendors.includes(vendor);
}

/** Whether a GPU with this driver is set aside for a virtual machine. */
export function isLent(driver: string): boolean {
  return lendingDrivers.includes(driver);
}

/** Whether it has memory of its own that Ollama loads models into: one in the processor shares the machine's. */
export function hasOwnMemory({ device }: Pick<GpuReading, "device">): boolean {
  return booleanField(device, "isIntegrated") !== true && canCompute(textField(device, "vendor"));
}
