/** Values that the driver numbers instead of giving each a function (NVML_FI_* of nvml.h). */
import type { NvmlDevice } from "./nvml-device.ts";
import { nvmlReturn } from "./nvml-library.ts";

/** Numbers of fields. */
export const fieldIds = {
  memoryTemperature: 82,
  powerInstant: 186,
  recoveryAction: 230,
} as const;

/** What a GPU says of each; a field that it or its driver does not know is missing. */
export function readFieldValues(device: NvmlDevice): ReadonlyMap<number, number> {
  const ids = Object.values(fieldIds);
  const place = Buffer.alloc(ids.length * fieldBytes);
  for (const [index, id] of ids.entries()) place.writeUInt32LE(id, index * fieldBytes);
  if (device.call("nvmlDeviceGetFieldValues", ids.length, place) !== nvmlReturn.success) return new Map();
  const values = ids.map((id, index) => [id, numberIn(place.subarray(index * fieldBytes, (index + 1) * fieldBytes))] as const);
  return new Map(values.filter((entry): entry is readonly [(typeof ids)[number], number] => entry[1] !== undefined));
}

/** nvmlFieldValue_t: fieldId, scopeId, timestamp, latencyUsec, valueType, nvmlReturn, value. */
const fieldBytes = 40;

function numberIn(field: Buffer): number | undefined {
  if (field.readInt32LE(28) !== nvmlReturn.success) return undefined;
  const type = field.readUInt32LE(24);
  // nvmlValueType_t
  switch (type) {
    case 0:
      return field.readDoubleLE(32);
    case 1:
      return withoutSentinel(field.readUInt32LE(32), 0xffff_ffff);
    case 2:
    case 3:
      return exact(field.readBigUInt64LE(32));
    case 4:
      return exact(field.readBigInt64LE(32));
    case 5:
      return field.readInt32LE(32);
    case 6:
      return field.readUInt16LE(32);
    default:
      return undefined; // a newer type
  }
}

function withoutSentinel(value: number, sentinel: number): number | undefined {
  return value === sentinel ? undefined : value;
}

function exact(value: bigint): number | undefined {
  return value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER) ? undefined : Number(value);
}
