/**
 * Finds GPUs and reads what the bus and the kernel know of them, which touches none: the configuration space, the link and the files of the
 * drivers are left to those who have seen that a GPU is awake.
 */
import type { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readLink, readNames } from "../../../host/reading.ts";
import { textOf } from "../block/file-values.ts";
import { isAwake } from "../block/pcie-function.ts";
import { readValue, readValues } from "../block/read-value.ts";
import type { NvidiaInformation } from "./nvidia-information.ts";
import type { RawGpu, RawNvidiaGpu } from "./raw-gpu.ts";

/** GPUs, and why there may be more. */
export interface FoundGpus {
  readonly gpus: readonly RawGpu[];
  readonly lost: readonly string[];
  readonly incompleteBecause: AppError | undefined;
}

const pciFolder = "/sys/bus/pci/devices";
const drmFolder = "/sys/class/drm";
/** The folder of NVIDIA's driver; it lists the GPUs that it has taken. */
const nvidiaFolder = "/proc/driver/nvidia/gpus";

/** VGA compatible, 3D, and other display controllers. */
const displayClass = /^0x03(?:00|02|80)/;
/** Drivers that play a GPU for tests and for writing back. */
const softwareDrivers: readonly string[] = ["vgem", "vkms"];

const powerFiles = [
  "power/control",
  "power/runtime_suspended_time",
  "power/runtime_active_time",
  "power/autosuspend_delay_ms",
  "power_state",
];

/** All GPUs of the machine. */
export async function readGpus(host: Host, information: NvidiaInformation): Promise<FoundGpus> {
  const [addresses, soc, nvidiaNames] = await Promise.all([
    readDisplayAddresses(host),
    readSocPaths(host),
    readNames(host, nvidiaFolder),
  ]);
  const known = nvidiaNames.outcome === "ok" ? nvidiaNames.value.map((name) => name.toLowerCase()) : [];
  if (nvidiaNames.outcome !== "failed") information.keepOnly(known.map(informationPath));
  const onPci = addresses.names.map((address) => readPciGpu(host, address, known.includes(address) ? information : undefined));
  const onSoc = soc.map((path) => readGpu(host, path.slice(path.lastIndexOf("/") + 1), path, false));
  const gpus = (await Promise.all([...onPci, ...onSoc])).filter((gpu) => gpu !== undefined);
  const lost = known.filter((address) => isAddress.test(address) && addresses.isWhole && !addresses.all.includes(address));
  return { gpus, lost, incompleteBecause: addresses.error };
}

const isAddress = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

interface DisplayAddresses {
  readonly names: readonly string[];
  readonly all: readonly string[];
  /** False where the bus could not be listed. */
  readonly isWhole: boolean;
  readonly error: AppError | undefined;
}

/** Addresses of PCI's display controllers. Reading a class asks the kernel's memory, not the device. */
export async function readDisplayAddresses(host: Host): Promise<DisplayAddresses> {
  const listing = await readNames(host, pciFolder);
  if (listing.outcome === "failed") return { names: [], all: [], isWhole: false, error: listing.error };
  const all = listing.outcome === "ok" ? listing.value.filter((name) => isAddress.test(name)) : [];
  const classes = await Promise.all(all.map((address) => readFile(host, `${pciFolder}/${address}/class`)));
  const failed = classes.find((reading) => reading.outcome === "failed");
  const names = all.filter((_, index) => displayClass.test(textOf(classes[index]) ?? ""));
  return { names, all, isWhole: true, error: failed?.outcome === "failed" ? failed.error : undefined };
}

/** Whether a GPU sleeps, as the kernel says it, by its folder. */
export function readRuntimeStatus(host: Host, path: string): Promise<Reading> {
  return readValue(host, `${path}/power/runtime_status`);
}

/** Devices with a render node that are not on PCI, by where they lie: GPUs of a SoC. */
async function readSocPaths(host: Host): Promise<readonly string[]> {
  const names = await readNames(host, drmFolder);
  const nodes = names.outcome === "ok" ? names.value.filter((name) => /^renderD\d+$/.test(name)) : [];
  const paths = await Promise.all(
    nodes.map(async (name) => {
      const device = await readLink(host, `${drmFolder}/${name}/device`);
      if (device.outcome !== "ok" || /\/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?:\/virtio\d+)?$/.test(device.value))
        return [];
      const uevent = textOf(await readFile(host, `${device.value}/uevent`)) ?? "";
      return softwareDrivers.some((driver) => uevent.includes(`DRIVER=${driver}`)) ? [] : [device.value];
    }),
  );
  return [...new Set(paths.flat())];
}

/** `information` is given of those that NVIDIA's driver has taken. */
async function readPciGpu(host: Host, address: string, information: NvidiaInformation | undefined): Promise<RawGpu | undefined> {
  const path = await readLink(host, `${pciFolder}/${address}`);
  // It went away between the two looks.
  if (path.outcome === "absent") return undefined;
  return readGpu(host, address, path.outcome === "ok" ? path.value : `${pciFolder}/${address}`, true, information);
}

async function readGpu(host: Host, id: string, path: string, isOnPci: boolean, information?: NvidiaInformation): Promise<RawGpu> {
  const runtimeStatus = await readRuntimeStatus(host, path);
  const [files, uevent, drm, nvidia] = await Promise.all([
    // A delay that is not in use is answered with EIO.
    readValues(host, path, powerFiles),
    readFile(host, `${path}/uevent`),
    readNames(host, `${path}/drm`),
    information === undefined ? undefined : readNvidiaFiles(host, id, information, isAwake(runtimeStatus)),
  ]);
  const drmNames = drm.outcome === "ok" ? drm.value.filter((name) => /^(?:card|renderD)\d+$/.test(name)) : [];
  return { id, isOnPci, path, runtimeStatus, files: { ...files, uevent }, drmNames, nvidia };
}

async function readNvidiaFiles(
  host: Host,
  address: string,
  known: NvidiaInformation,
  isGpuAwake: boolean,
): Promise<RawNvidiaGpu> {
  const [information, power] = await Promise.all([
    known.of(host, informationPath(address), isGpuAwake),
    readFile(host, `${nvidiaFolder}/${address}/power`),
  ]);
  return { information, power };
}

function informationPath(address: string): string {
  return `${nvidiaFolder}/${address}/information`;
}
