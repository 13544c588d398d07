/**
 * What counts as equipment: kinds of subjects and the fields of each whose change is told, and the few programs whose version or identity
 * explains what changed on a node. A new kind is one line in the list. Not here is what software makes (loop, zram, device-mapper, virtual disks and interfaces) and what is read anew all the time.
 */
import { type BlockDevice, BlockDeviceType, type DiskHealth, type NetworkInterface, type Subject } from "@nodekeeper/proto";
import { attachmentOf } from "../state/disk-attachment.ts";
import type { DiskAttachment, FieldValue } from "../state/node-inventory.ts";

type Value = Subject["value"];
type Case = NonNullable<Value["case"]>;
type ValueOf<Of extends Case> = Extract<Value, { readonly case: Of }>["value"];

/** A kind of equipment. */
export interface InventoryKind {
  /** As in Subject.kind. */
  readonly kind: string;
  /** True where its coming and going is told, not only changes of its fields. */
  readonly isCounted: boolean;
  /** Numbers that differ by less than this part are the same: what the kernel calls all memory depends on the kernel. */
  readonly tolerance: number;
  /** Texts of which the kernel may say only so many characters, the first or the last: udev says the whole a moment later. */
  readonly cutAt: Readonly<Record<string, number>>;
  /** Where the same fact is also said by another kind of the same id, it is told once. */
  readonly twins: Readonly<Record<string, { readonly kind: string; readonly field: string }>>;
  /** The thing as it is remembered; undefined when it is no equipment, or cannot be told apart from others now. */
  describe(id: string, value: Value): Described | undefined;
}

/** A thing as it was read. */
export interface Described {
  readonly identities: readonly string[];
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly attachment?: DiskAttachment;
}

interface KindOptions<Of extends Case> {
  readonly isCounted?: boolean;
  readonly tolerance?: number;
  readonly cutAt?: InventoryKind["cutAt"];
  readonly twins?: InventoryKind["twins"];
  /** Default: every one. */
  isEquipment?(value: ValueOf<Of>): boolean;
  /** Default: the subject's id. */
  identities?(value: ValueOf<Of>, id: string): readonly string[];
  name(value: ValueOf<Of>, id: string): string;
  attachment?(value: ValueOf<Of>): DiskAttachment;
}

/** All kinds. */
export const inventoryKinds: readonly InventoryKind[] = [
  defineKind("operatingSystem", ["prettyName", "kernelRelease", "architecture"], { name: () => "operating system" }),
  defineKind("board", ["vendor", "productName", "boardName", "firmwareVersion"], { name: () => "board" }),
  defineKind("cpu", ["modelName", "coreCount", "logicalCount"], { name: () => "CPU" }),
  defineKind("memory", ["totalBytes"], { name: () => "memory", tolerance: 0.02 }),
  defineKind("networkInterface", ["macAddress"], {
    isCounted: true,
    isEquipment: isHardwareInterface,
    identities: ({ macAddress }) => [macAddress],
    name: ({ macAddress }, id) => `network interface ${id} (${macAddress})`,
  }),
  defineKind("blockDevice", ["model", "serial", "firmwareRevision", "sizeBytes"], {
    isCounted: true,
    isEquipment: isHardwareDisk,
    identities: ({ identities }, id) => (identities.length === 0 ? [id] : identities),
    name: ({ model, name }, id) => nameOfDisk(model, name, id),
    attachment: attachmentOf,
    cutAt: { model: 16, firmwareRevision: 4 }, // fields of SCSI's INQUIRY, in which SATA and USB disks are told too
    twins: { firmwareRevision: { kind: "disk_health", field: "firmwareVersion" } },
  }),
  defineKind("diskHealth", ["modelName", "serialNumber", "firmwareVersion"], {
    isEquipment: isTelling,
    name: ({ modelName, device }, id) => nameOfDisk(modelName, device, id),
    twins: { firmwareVersion: { kind: "block_device", field: "firmwareRevision" } },
  }),
  defineKind("gpu", ["productName", "driver", "driverVersion"], {
    isCounted: true,
    isEquipment: ({ vendor }) => vendor !== "virtual",
    identities: ({ pciId, subsystemPciId }, id) => [[id, pciId, subsystemPciId].filter((part) => part !== "").join(" ")],
    name: ({ productName }, id) => nameOfGpu(productName, id),
    twins: { driverVersion: { kind: "gpu_status", field: "driverVersion" } },
  }),
  // Another card of the same model in the same slot shows by its uuid alone.
  defineKind("gpuStatus", ["uuid", "serialNumber", "vbiosVersion", "driverVersion"], {
    name: ({ productName }, id) => nameOfGpu(productName, id),
    twins: { driverVersion: { kind: "gpu", field: "driverVersion" } },
  }),
  defineKind("k3s", ["version", "role"], { name: () => "K3s" }),
  defineKind("containerRuntime", ["version"], { name: ({ name }) => name || "container runtime" }),
  defineKind("ollamaServer", ["version"], { name: () => "Ollama" }),
  // A model that is gone is missed by everybody who asks for it.
  defineKind("ollamaModel", ["digest"], { isCounted: true, name: (_value, id) => `Ollama's model ${id}` }),
  defineKind("tailscale", ["stableId", "tailnet", "dnsName", "version"], { name: () => "Tailscale" }),
];

/** The kind of a value's case, e.g. block_device of blockDevice. */
function defineKind<Of extends Case>(
  valueCase: Of,
  fields: readonly (keyof ValueOf<Of> & string)[],
  options: KindOptions<Of>,
): InventoryKind {
  return {
    kind: valueCase.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    isCounted: options.isCounted ?? false,
    tolerance: options.tolerance ?? 0,
    cutAt: options.cutAt ?? {},
    twins: options.twins ?? {},
    describe(id, tagged) {
      if (tagged.case !== valueCase) return undefined;
      const value = tagged.value as ValueOf<Of>; // the case was compared, which TypeScript does not carry over
      if (options.isEquipment?.(value) === false) return undefined;
      const attachment = options.attachment?.(value);
      return {
        identities: options.identities?.(value, id) ?? [id],
        name: options.name(value, id),
        fields: Object.fromEntries(fields.flatMap((field) => knownField(field, value[field]))),
        ...(attachment === undefined ? {} : { attachment }),
      };
    },
  };
}

/** Nothing where it is not known: unset, or an empty text. */
function knownField(name: string, value: unknown): readonly (readonly [string, FieldValue])[] {
  if (typeof value === "bigint") return [[name, Number(value)]];
  return typeof value === "number" || (typeof value === "string" && value !== "") ? [[name, value]] : [];
}

/**
 * A card reader without a card has no size, and its model is the reader's. Where it is not known whether hardware stands behind a device, a
 * driver has made it: volumes of ZFS and DRBD come and go with what runs on them.
 */
function isHardwareDisk({ type, isVirtual, sizeBytes }: BlockDevice): boolean {
  const isDisk = type === BlockDeviceType.DISK || type === BlockDeviceType.UNSPECIFIED;
  return isDisk && isVirtual === false && sizeBytes !== 0n && sizeBytes !== undefined;
}

/**
 * A member of a bond bears the bond's address, and a wireless card one that the system makes up (second bit of the first byte): neither says
 * which hardware it is.
 */
function isHardwareInterface({ isVirtual, type, macAddress, master }: NetworkInterface): boolean {
  if (isVirtual !== false || macAddress === "" || master !== "") return false;
  return type === "wifi" ? (Number.parseInt(macAddress.slice(0, 2), 16) & 2) === 0 : type === "ethernet";
}

/** A disk that does not even say what it is says nothing to compare. */
function isTelling({ modelName, serialNumber, firmwareVersion }: DiskHealth): boolean {
  return modelName !== "" || serialNumber !== "" || firmwareVersion !== "";
}

function nameOfGpu(product: string, id: string): string {
  return product === "" ? `GPU ${id}` : `${product} (${id})`;
}

function nameOfDisk(model: string, device: string, id: string): string {
  const where = device === "" ? id : device;
  return model === "" ? where : `${model} (${where})`;
}
