/** Kind network_interface: what /sys/class/net says of one interface. */

import type { Host } from "../../../host/host.ts";
import { errnoOf } from "../../../host/host-error.ts";
import { optionalValue, type Reading, readLink } from "../../../host/reading.ts";
import type { SubjectValue } from "../../../payload.ts";
import { type HostFiles, joinHostFiles, namesAt, readHostFiles, requiredTextAt, textAt } from "../host-files.ts";
import { integerIn, malformed } from "../malformed.ts";
import { printable } from "../printable.ts";
import { interfaceType } from "./interface-type.ts";

/** Where the interfaces are. */
const classFolder = "/sys/class/net";

/** States with and without a link (RFC 2863, as the kernel spells them); the others leave it open. */
const linkedStates = new Set(["up", "dormant"]);
const linklessStates = new Set(["down", "lowerlayerdown", "notpresent"]);
/** IFF_UP (linux/if.h): somebody switched it on. */
const upFlag = 1;

/** More than any interface has; the kernel's own largest is 4 GiB, of none that exists. */
const mtuBounds = { minimum: 0, maximum: 2 ** 30 };
/** In Mb/s. -1, once as an unsigned number, says that there is no link. */
const speedBounds = { minimum: -1, maximum: 0xffff_ffff };
/** The fastest link that makes sense, in Mb/s: 100 Tb/s. */
const fastestMegabits = 100_000_000;

/** As many as are told; a machine with more of one interface hands them out to others. */
const maximumAddresses = 256;

const memoryFiles = ["type", "address", "operstate", "mtu", "carrier_changes", "uevent"];

/** What was read of one interface. */
export interface RawInterface extends HostFiles {
  readonly name: string;
  /** Where its link `master` leads; undefined where it has none. */
  readonly master: Reading | undefined;
}

/** Reads one interface: what the kernel has in memory, then what its driver is asked for. */
export async function readInterface(host: Host, name: string): Promise<RawInterface> {
  const folder = `${classFolder}/${name}`;
  const first = await readHostFiles(host, { folders: [folder], files: memoryFiles.map((file) => `${folder}/${file}`) });
  const names = first.folders.get(folder);
  const has = (file: string): boolean => names?.outcome === "ok" && names.value.includes(file);
  const reading = first.files.get(`${folder}/operstate`);
  const state = reading?.outcome === "ok" ? reading.value.trim() : "unknown";
  const asked = [
    ...(linkedStates.has(state) ? [] : ["flags"]),
    ...(!linklessStates.has(state) && (has("device") || has("bonding")) ? ["speed", "duplex"] : []),
    ...(has("device") ? ["device/uevent"] : []),
  ];
  const further = await readHostFiles(host, { files: asked.map((file) => `${folder}/${file}`) });
  return { ...joinHostFiles(first, further), name, master: has("master") ? await readLink(host, `${folder}/master`) : undefined };
}

/** The facts of one interface. Throws where a file could not be read or understood. */
export function parseInterface(raw: RawInterface, addresses: readonly string[]): SubjectValue<"network_interface"> {
  const folder = `${classFolder}/${raw.name}`;
  const files = namesAt(raw, folder);
  const hardwareType = integerIn(`${folder}/type`, "it", requiredTextAt(raw, `${folder}/type`).trim());
  const uevent = requiredTextAt(raw, `${folder}/uevent`);
  if (!uevent.split("\n").includes(`INTERFACE=${raw.name}`))
    throw malformed(`${folder}/uevent`, "it does not name the interface", uevent);
  const deviceType = /^DEVTYPE=(.*)$/m.exec(uevent)?.[1] ?? "";
  return {
    name: raw.name,
    type: interfaceType({ hardwareType, deviceType, files }),
    macAddress: macAddressIn(requiredTextAt(raw, `${folder}/address`).trim()),
    operationalState: printable(requiredTextAt(raw, `${folder}/operstate`).trim(), 32),
    hasCarrier: carrierOf(raw, folder),
    mtuBytes: integerIn(`${folder}/mtu`, "it", requiredTextAt(raw, `${folder}/mtu`).trim(), mtuBounds),
    speedBitsPerSecond: speedIn(`${folder}/speed`, applicable(raw, `${folder}/speed`)),
    duplex: duplexIn(applicable(raw, `${folder}/duplex`)),
    driver: printable(/^DRIVER=(.*)$/m.exec(textAt(raw, `${folder}/device/uevent`) ?? "")?.[1] ?? "", 64),
    addresses: addresses.slice(0, maximumAddresses),
    isVirtual: !files.includes("device"),
    master: masterOf(raw.master),
  };
}

/** How often the link came and went; undefined where the kernel does not count (before 3.15). Throws where it could not be read. */
export function carrierChangesOf(raw: RawInterface): number | undefined {
  const path = `${classFolder}/${raw.name}/carrier_changes`;
  const text = textAt(raw, path);
  return text === undefined ? undefined : integerIn(path, "it", text.trim());
}

/** The interface that lies below this one, as the kernel links them; empty where there is none, or several. */
export function lowerInterfaceOf({ name, folders }: RawInterface): string {
  const files = folders.get(`${classFolder}/${name}`);
  const lower = files?.outcome === "ok" ? files.value.filter((file) => file.startsWith("lower_")) : [];
  return lower.length === 1 ? (lower[0]?.slice("lower_".length) ?? "") : "";
}

/** What a driver answers; EINVAL and EOPNOTSUPP say that the question does not apply: the interface is down, or has no such thing. */
function applicable(raw: RawInterface, path: string): string | undefined {
  const reading = raw.files.get(path);
  const errno = reading?.outcome === "failed" ? errnoOf(reading.error) : undefined;
  return errno === "EINVAL" || errno === "EOPNOTSUPP" ? undefined : textAt(raw, path)?.trim();
}

/**
 * The file `carrier` says the same, but asks for it under the lock of all interfaces. An interface that is switched off has none to tell; one
 * whose state the kernel calls unknown (loopback, tunnels) never lost it.
 */
function carrierOf(raw: RawInterface, folder: string): boolean | undefined {
  const state = requiredTextAt(raw, `${folder}/operstate`).trim();
  if (linkedStates.has(state)) return true;
  const flags = textAt(raw, `${folder}/flags`)?.trim();
  if (flags === undefined) return undefined;
  if (!/^0x[0-9a-f]{1,8}$/.test(flags)) throw malformed(`${folder}/flags`, "it is no hexadecimal number", flags);
  const isSwitchedOn = (Number(flags) & upFlag) !== 0;
  return isSwitchedOn ? !linklessStates.has(state) : undefined;
}

/** The kernel says Mb/s, and -1 (once as an unsigned number) where there is no link. */
function speedIn(path: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const megabits = integerIn(path, "it", text, speedBounds);
  return megabits > 0 && megabits <= fastestMegabits ? BigInt(megabits) * 1_000_000n : undefined;
}

function duplexIn(text: string | undefined): string {
  return text === "full" || text === "half" ? text : "";
}

/** Ethernet's six bytes or InfiniBand's twenty. Loopback says zeros, and tunnels an IP address. */
function macAddressIn(text: string): string {
  const isAddress = /^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?::[0-9a-f]{2}){19})$/.test(text);
  return isAddress && /[1-9a-f]/.test(text) ? text : "";
}

function masterOf(reading: Reading | undefined): string {
  if (reading === undefined) return "";
  return printable(optionalValue(reading)?.split("/").at(-1) ?? "", 64);
}
