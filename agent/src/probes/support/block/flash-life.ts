/** Wear of an eMMC or SD card: JEDEC JESD84-B51 (eMMC), EXT_CSD bytes 267 to 269, as the kernel shows them in sysfs. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BlockDeviceSchema } from "@nodekeeper/proto";
import { printable } from "../printable.ts";
import { textOf } from "./file-values.ts";
import { classOf } from "./name-class.ts";
import type { RawBlockDevice } from "./raw-block-device.ts";

/** PRE_EOL_INFO: how much of the reserve blocks is used. 0 is "not defined". */
const reserveStates: ReadonlyMap<number, string> = new Map([
  [1, "normal"],
  [2, "warning"],
  [3, "urgent"],
]);

/** 0x01 is "0 to 10 % used", in steps of ten up to 0x0a; 0x0b is "exceeded its maximum". 0 is "not defined", more is reserved. */
const largestLifeStep = 11;
const percentPerStep = 10;

/** The wear that a card tells; undefined for what is no card. Only eMMC 5.0 and later tells any. */
export function flashLifeOf(device: RawBlockDevice): MessageInitShape<typeof BlockDeviceSchema>["flashLife"] {
  if (classOf(device.name) !== "mmc") return undefined;
  const [typeA, typeB] = (textOf(device.files["device/life_time"]) ?? "").split(/\s+/);
  return {
    cardType: printable((textOf(device.files["device/type"]) ?? "").toLowerCase(), 16),
    usedTypeAPercent: percentOf(typeA),
    usedTypeBPercent: percentOf(typeB),
    reserveState: reserveStates.get(byteOf(textOf(device.files["device/pre_eol_info"])) ?? 0) ?? "",
  };
}

function percentOf(text: string | undefined): number | undefined {
  const step = byteOf(text) ?? 0;
  return step >= 1 && step <= largestLifeStep ? step * percentPerStep : undefined;
}

function byteOf(text: string | undefined): number | undefined {
  return text !== undefined && /^0x[0-9a-f]{1,2}$/i.test(text) ? Number(text) : undefined;
}
