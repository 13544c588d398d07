/** Dumps of udev's properties and sysfs's attributes by block device, as trees: what a probe would find on that machine. */
import { extractByJq } from "./recordings.ts";
import { TreeHost } from "./tree-host.ts";

/** One block device of a dump. */
export interface DumpedDevice {
  readonly name: string;
  readonly path: string;
  readonly attributes: Readonly<Record<string, string | null>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly partition: number | null;
}

const dumpFilter = `(.storage.blockdev // .blockdev) | [to_entries[].value | {
  name: (.DEVNAME | ltrimstr("/dev/")), path: .DEVPATH, attributes: .attrs, partition: (.attrs.partition // null | if . then tonumber else null end),
  properties: with_entries(select(.key | test("^[A-Z]")) | select(.value | type == "string"))
}]`;

/** The devices of a dump, as jq finds them. */
export function dumpedDevices(path: string): readonly DumpedDevice[] {
  const [devices] = extractByJq(dumpFilter, [path]) as readonly (readonly DumpedDevice[])[]; // the shape that the filter makes
  return devices ?? [];
}

/** Names of what a probe lists: no partitions, RAM disks and empty loops. */
export function listedNames(dump: readonly DumpedDevice[]): readonly string[] {
  const listed = dump.filter(({ path, name }) => !isPartition(path) && !/^ram/.test(name) && !isEmptyLoop(name, dump));
  return listed.map(({ name }) => name).sort();
}

/** A tree as the dump's attributes and properties describe it. Its sizes are bytes already. */
export function hostOf(dump: readonly DumpedDevice[]): TreeHost {
  const host = new TreeHost();
  for (const { name, path, attributes, properties } of dump) {
    const folder = `/sys${path}`;
    if (!isPartition(path)) host.add("/sys/block", { [name]: { link: folder } });
    for (const [attribute, value] of Object.entries(attributes)) {
      if (attribute === "device" && !isPartition(path)) {
        const parent = folder.replace(/(?:\/block)?\/[^/]+$/, "");
        host.add(folder, { device: { link: parent } });
        host.add(parent, { uevent: "" });
      } else if (value !== null) {
        host.add(folder, { [attribute]: attribute === "size" ? String(BigInt(value) / 512n) : value });
      }
    }
    const { DM_UUID: uuid, DM_NAME: mapperName } = properties;
    if (uuid !== undefined && mapperName !== undefined) host.add(folder, { "dm/uuid": uuid, "dm/name": mapperName });
    const lines = Object.entries(properties).map(([key, value]) => `E:${key}=${value}`);
    host.add("/run/udev/data", { [`b${attributes["dev"]}`]: lines.join("\n") });
  }
  return host;
}

/** True for the path of a partition. */
export function isPartition(path: string): boolean {
  return /\/block\/([^/]+)\/\1[^/]*$/.test(path) || /\/(nvme\d+n\d+)\/\1p\d+$/.test(path);
}

function isEmptyLoop(name: string, dump: readonly DumpedDevice[]): boolean {
  return name.startsWith("loop") && dump.find((device) => device.name === name)?.attributes["size"] === "0";
}
