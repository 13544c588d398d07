/**
 * The questions to one device, each with its answer or undefined: what a GPU or its driver does not have, or does not tell, is left out. Only
 * that the GPU itself is gone ends the reading of it.
 */
import { type NvmlArgument, type NvmlLibrary, nvmlReturn } from "./nvml-library.ts";

/** A GPU, or an instance of one. Every name is a function of nvml.h whose first parameter is the device. */
export interface NvmlDevice {
  readonly library: NvmlLibrary;
  /** The call itself; throws DeviceLostError where the GPU is gone. */
  call(name: string, ...args: readonly NvmlArgument[]): number;
  /** Fills an `unsigned int` (or an enum) behind the last parameter. */
  uint(name: string, ...args: readonly NvmlArgument[]): number | undefined;
  /** Fills two or more of them, behind as many parameters. */
  uints(name: string, count: number): readonly (number | undefined)[];
  /** Fills an `unsigned long long` behind the last parameter. */
  ulong(name: string, ...args: readonly NvmlArgument[]): number | undefined;
  /** Fills a text; the parameters are the place and its size. */
  text(name: string, size: number): string | undefined;
  /** Fills a structure; one with a version says it in its first four bytes. */
  structure(name: string, size: number, version?: number): Buffer | undefined;
}

/** The GPU cannot be asked any more. */
export class DeviceLostError extends Error {
  readonly nvmlReturn: number;

  constructor(nvmlReturn: number) {
    super(`nvmlReturn_t ${nvmlReturn}`);
    this.name = "DeviceLostError";
    this.nvmlReturn = nvmlReturn;
  }
}

/** The device behind a handle. */
export function createNvmlDevice(library: NvmlLibrary, handle: bigint): NvmlDevice {
  const call: NvmlDevice["call"] = (name, ...args) => {
    const answer = library.call(name, handle, ...args);
    if (answer === nvmlReturn.gpuIsLost || answer === nvmlReturn.resetRequired) throw new DeviceLostError(answer);
    return answer;
  };
  const fill = (place: Buffer, name: string, ...args: readonly NvmlArgument[]): Buffer | undefined =>
    call(name, ...args) === nvmlReturn.success ? place : undefined;

  return {
    library,
    call,
    uint: (name, ...args) => {
      const place = Buffer.alloc(uintBytes);
      return readUint(fill(place, name, ...args, place), 0);
    },
    uints: (name, count) => {
      const places = Array.from({ length: count }, () => Buffer.alloc(uintBytes));
      const isAnswered = call(name, ...places) === nvmlReturn.success;
      return places.map((place) => (isAnswered ? readUint(place, 0) : undefined));
    },
    ulong: (name, ...args) => {
      const place = Buffer.alloc(ulongBytes);
      return readUlong(fill(place, name, ...args, place), 0);
    },
    text: (name, size) => {
      const place = Buffer.alloc(size);
      return readText(fill(place, name, place, size));
    },
    structure: (name, size, version) => {
      const place = Buffer.alloc(size);
      // NVML_STRUCT_VERSION of nvml.h: the size, and the version in the highest byte.
      if (version !== undefined) place.writeUInt32LE((size | (version << 24)) >>> 0, 0);
      return fill(place, name, place);
    },
  };
}

/** An `unsigned int`; all ones (NVML_VALUE_NOT_AVAILABLE) is no value. */
export function readUint(place: Buffer | undefined, offset: number): number | undefined {
  const value = place?.readUInt32LE(offset);
  return value === 0xffff_ffff ? undefined : value;
}

/** An `unsigned long long`; all ones is no value, and neither is what a number cannot hold exactly. */
export function readUlong(place: Buffer | undefined, offset: number): number | undefined {
  const value = place?.readBigUInt64LE(offset);
  return value === undefined || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
}

/** A text that ends at the first zero. */
export function readText(place: Buffer | undefined): string | undefined {
  if (place === undefined) return undefined;
  const end = place.indexOf(0);
  return place.toString("utf8", 0, end < 0 ? place.length : end);
}

const uintBytes = 4;
const ulongBytes = 8;
