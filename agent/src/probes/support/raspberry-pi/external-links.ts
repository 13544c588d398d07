/**
 * Devices on the external PCIe connector: everything on PCIe that is neither a bridge nor a part of the board. Sources: /sys/bus/pci/devices.
 * Not by address: which domain the connector has differs by kernel (0000 and 0001 have both been seen). A device behind a switch counts.
 * x1 at 5 GT/s is what the connector is made for. A device that sleeps is not asked for its link: that would wake it.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RaspberryPiLinkSchema } from "@nodekeeper/proto";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readLink, readNames } from "../../../host/reading.ts";
import { pcieLinkOf, readPcieLink } from "../block/pcie-function.ts";
import type { RawPcieFunction } from "../block/raw-block-device.ts";
import { printable } from "../printable.ts";

/** A device that is not the board's own. */
export interface RawExternalDevice {
  readonly address: string;
  readonly names: Reading<readonly string[]>;
  /** Entries of the folders in which kernels name what a driver made of it, e.g. "nvme0". */
  readonly children: readonly string[];
  readonly link: RawPcieFunction;
}

/** Lists them. Undefined where PCIe could not be listed or a device in it could not be told. */
export async function readExternalDevices(host: Host): Promise<readonly RawExternalDevice[] | undefined> {
  const listing = await readNames(host, pciDevices);
  if (listing.outcome === "absent") return [];
  if (listing.outcome === "failed") return undefined;
  const devices: RawExternalDevice[] = [];
  for (const address of listing.value.slice(0, maximumDevices)) {
    const folder = await readLink(host, `${pciDevices}/${address}`);
    const path = folder.outcome === "ok" ? folder.value : `${pciDevices}/${address}`;
    const [kind, vendor] = await Promise.all([readFile(host, `${path}/class`), readFile(host, `${path}/vendor`)]);
    if (kind.outcome !== "ok" || vendor.outcome !== "ok") return undefined;
    if (isBridge(kind.value) || isOnBoard(kind.value, vendor.value)) continue;
    const names = await readNames(host, path);
    const link = await readPcieLink(host, path, address);
    devices.push({ address, names, children: await readChildren(host, path, names), link });
  }
  return devices;
}

/** As they are told. */
export function externalLinks(devices: readonly RawExternalDevice[]): readonly MessageInitShape<typeof RaspberryPiLinkSchema>[] {
  return devices.slice(0, maximumLinks).map(({ address, names, children, link }) => {
    const told = pcieLinkOf(link);
    return {
      address: printable(address, 32),
      device: printable(children[0] ?? "", 64),
      hasDriver: names.outcome === "ok" ? names.value.includes("driver") : undefined,
      gigatransfersPerSecond: told?.gigatransfersPerSecond,
      laneCount: told?.laneCount,
    };
  });
}

const pciDevices = "/sys/bus/pci/devices";
const maximumDevices = 64;
const maximumLinks = 16;
/** What drivers put under a device: NVMe controllers, network ports, disks' hosts, accelerators, screens. */
const childFolders: readonly string[] = ["nvme", "net", "apex", "hailo_chardev", "drm", "sound"];

function isBridge(kind: string): boolean {
  return /^0x06/.test(kind);
}

/** RP1, the south bridge of a Pi 5, is a network device by its class; VL805 is the USB host of a Pi 4. */
function isOnBoard(kind: string, vendor: string): boolean {
  return vendor.trim() === "0x1de4" || (vendor.trim() === "0x1106" && /^0x0c03/.test(kind));
}

async function readChildren(host: Host, path: string, names: Reading<readonly string[]>): Promise<readonly string[]> {
  const folder = names.outcome === "ok" ? childFolders.find((name) => names.value.includes(name)) : undefined;
  const children = folder === undefined ? undefined : await readNames(host, `${path}/${folder}`);
  return children?.outcome === "ok" ? children.value : [];
}
