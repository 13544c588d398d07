/**
 * What a Raspberry Pi is and how it was started. Sources: the device tree (linux,revision, chosen/bootloader, status of the external PCIe
 * controller), /proc/cpuinfo, config.txt, cgroup controllers, the auxiliary vector of pid 1 (AT_PAGESZ, getauxval(3)), /sys/bus/pci.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RaspberryPi, RaspberryPiSchema } from "@nodekeeper/proto";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames, requiredValue } from "../../../host/reading.ts";
import { cut, printable } from "../printable.ts";
import { type BootConfiguration, includedNames, parseBootConfiguration } from "./boot-configuration.ts";
import { externalLinks, type RawExternalDevice, readExternalDevices } from "./external-links.ts";
import { pageSizeOf } from "./page-size.ts";
import { bigEndianNumber, revisionInCpuinfo, revisionOfBytes } from "./revision-code.ts";

/** What is read. */
export interface RawSetup {
  /** Four bytes of the device tree. */
  readonly revision: Reading;
  readonly cpuinfo: Reading;
  readonly bootloaderVersion: Reading;
  /** Four bytes: seconds since 1970. */
  readonly bootloaderBuiltAt: Reading;
  /** `status` of the external PCIe controller; undefined where the board has none in its device tree. */
  readonly pcieStatus: Reading | undefined;
  /** config.txt; absent where no file of the firmware is mounted. */
  readonly configuration: Reading;
  readonly includes: ReadonlyMap<string, string>;
  /** Controllers of the unified hierarchy; absent with cgroups of the first version. */
  readonly controllers: Reading;
  readonly cgroups: Reading;
  readonly auxiliaryVector: Reading;
  /** Undefined where PCIe could not be read. */
  readonly externalDevices: readonly RawExternalDevice[] | undefined;
}

/** Reads it all. */
export async function readSetup(host: Host, deviceTree: string): Promise<RawSetup> {
  const [revision, cpuinfo, bootloaderVersion, bootloaderBuiltAt, controllers, cgroups, auxiliaryVector] = await Promise.all([
    readFile(host, `${deviceTree}/system/linux,revision`, { encoding: "latin1" }),
    readFile(host, "/proc/cpuinfo"),
    readFile(host, `${deviceTree}/chosen/bootloader/version`),
    readFile(host, `${deviceTree}/chosen/bootloader/build-timestamp`, { encoding: "latin1" }),
    readFile(host, "/sys/fs/cgroup/cgroup.controllers"),
    readFile(host, "/proc/cgroups"),
    readFile(host, "/proc/1/auxv", { encoding: "latin1" }),
  ]);
  return {
    ...{ revision, cpuinfo, bootloaderVersion, bootloaderBuiltAt, controllers, cgroups, auxiliaryVector },
    pcieStatus: await readPcieStatus(host, deviceTree),
    ...(await readConfiguration(host)),
    externalDevices: await readExternalDevices(host),
  };
}

/** Fields of the subject. */
export type SetupFacts = Pick<
  MessageInitShape<typeof RaspberryPiSchema>,
  | "model"
  | "revision"
  | "boardMemoryBytes"
  | "configuredPcieGenerationNumber"
  | "isExternalPcieEnabled"
  | "externalLinks"
  | "bootloaderVersion"
  | "pageSizeBytes"
  | "isMemoryCgroupEnabled"
>;

/** What of it is known; `before` is the last reading. Throws where the model cannot be read; anything else that cannot is unknown. */
export function interpretSetup(raw: RawSetup, model: Reading, before: SetupFacts): SetupFacts {
  const revision = revisionOfBytes(textOf(raw.revision)) ?? revisionInCpuinfo(textOf(raw.cpuinfo));
  const said: Partial<BootConfiguration> =
    raw.configuration.outcome === "ok" ? parseBootConfiguration(raw.configuration.value, raw.includes, revision?.type) : {};
  return {
    model: printable(requiredValue(model).replaceAll("\0", "").trim()),
    revision: revision?.digits ?? "",
    boardMemoryBytes: revision?.memoryBytes === undefined ? undefined : BigInt(revision.memoryBytes),
    configuredPcieGenerationNumber: said.pcieGeneration,
    isExternalPcieEnabled: isPcieOn(raw.pcieStatus) ?? said.isPcieOn,
    externalLinks: raw.externalDevices === undefined ? (before.externalLinks ?? []) : [...externalLinks(raw.externalDevices)],
    bootloaderVersion: bootloaderOf(raw),
    pageSizeBytes: pageSizeOf(textOf(raw.auxiliaryVector)),
    isMemoryCgroupEnabled: hasMemoryCgroup(raw),
  };
}

/** The fields of the last reading, while the setup rests. */
export function restingSetup(before: RaspberryPi): SetupFacts {
  const { model, revision, boardMemoryBytes, configuredPcieGenerationNumber, isExternalPcieEnabled } = before;
  const { externalLinks: links, bootloaderVersion, pageSizeBytes, isMemoryCgroupEnabled } = before;
  return {
    ...{ model, revision, boardMemoryBytes, configuredPcieGenerationNumber, isExternalPcieEnabled },
    ...{ externalLinks: links, bootloaderVersion, pageSizeBytes, isMemoryCgroupEnabled },
  };
}

/** /boot/firmware since Debian 12 and on Ubuntu, /boot before; where the first leads to nothing the second is asked. */
const bootFolders: readonly string[] = ["/boot/firmware", "/boot"];
const maximumConfigBytes = 256 * 1024;
const maximumIncludes = 8;
/** The root complex of the external connector of a Pi 5, by its address; older kernels leave out the bus's own. */
const externalController = /^pcie@(?:1000)?110000$/;

async function readConfiguration(host: Host): Promise<Pick<RawSetup, "configuration" | "includes">> {
  let configuration: Reading = { outcome: "absent", path: `${bootFolders[0]}/config.txt` };
  for (const folder of bootFolders) {
    configuration = await readFile(host, `${folder}/config.txt`, { maximumBytes: maximumConfigBytes });
    if (configuration.outcome !== "ok") continue;
    return { configuration, includes: await readIncludes(host, folder, configuration.value) };
  }
  return { configuration, includes: new Map() };
}

async function readIncludes(host: Host, folder: string, text: string): Promise<ReadonlyMap<string, string>> {
  const includes = new Map<string, string>();
  const names = [...includedNames(text)];
  for (let name = names.shift(); name !== undefined && includes.size < maximumIncludes; name = names.shift()) {
    if (includes.has(name)) continue;
    const file = await readFile(host, `${folder}/${name}`, { maximumBytes: maximumConfigBytes });
    includes.set(name, textOf(file));
    names.push(...includedNames(textOf(file)));
  }
  return includes;
}

async function readPcieStatus(host: Host, deviceTree: string): Promise<Reading | undefined> {
  const buses = await readNames(host, `${deviceTree}/axi`);
  const name = buses.outcome === "ok" ? buses.value.find((each) => externalController.test(each)) : undefined;
  return name === undefined ? undefined : await readFile(host, `${deviceTree}/axi/${name}/status`);
}

/** What the firmware made of config.txt and of a HAT's own id; without the property a device is on (Devicetree Specification, 2.3.4). */
function isPcieOn(status: Reading | undefined): boolean | undefined {
  if (status?.outcome === "absent") return true;
  if (status?.outcome !== "ok") return undefined;
  const word = status.value.replaceAll("\0", "").trim();
  return word === "okay" || word === "ok" ? true : word === "disabled" ? false : undefined;
}

/** "2025-09-25 5855b10b": day of the build and the beginning of its hash. */
function bootloaderOf({ bootloaderVersion, bootloaderBuiltAt }: RawSetup): string {
  const seconds = bigEndianNumber(textOf(bootloaderBuiltAt)) ?? 0;
  const day = seconds === 0 ? "" : new Date(seconds * 1000).toISOString().slice(0, 10);
  const version = textOf(bootloaderVersion).replaceAll("\0", "").trim();
  const hash = /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 8) : version;
  return cut(printable([day, hash].filter((part) => part !== "").join(" ")), 64);
}

/** The unified hierarchy lists what is on; /proc/cgroups knows that since long before, and newer kernels list only the first version there. */
function hasMemoryCgroup({ controllers, cgroups }: RawSetup): boolean | undefined {
  if (controllers.outcome === "ok") return controllers.value.trim().split(/\s+/).includes("memory");
  const enabled = /^memory[ \t]+\d+[ \t]+\d+[ \t]+([01])[ \t]*$/m.exec(textOf(cgroups))?.[1];
  return enabled === undefined ? undefined : enabled === "1";
}

function textOf(reading: Reading): string {
  return reading.outcome === "ok" ? reading.value : "";
}
