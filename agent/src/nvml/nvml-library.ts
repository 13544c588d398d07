/**
 * NVIDIA's management library (NVML), called through FFI. Its functions are looked up when they are first called: a driver may be older than any
 * of them. The numbers and layouts that its callers use are those of nvml.h, for machines of 64 bits whose least byte comes first (x64, arm64).
 */
import { createRequire } from "node:module";

/** `unsigned int` or an enum; a handle (nvmlDevice_t); memory that the call reads or fills. */
export type NvmlArgument = number | bigint | Buffer;

/** An open library. */
export interface NvmlLibrary {
  /** Calls a function that returns nvmlReturn_t; `functionNotFound` where the library has no such function. */
  call(name: string, ...args: readonly NvmlArgument[]): number;
  /** The library's words for a nvmlReturn_t. */
  errorString(nvmlReturn: number): string;
}

/** The numbers of nvmlReturn_t that decide something here. */
export const nvmlReturn = {
  success: 0,
  notSupported: 3,
  insufficientSize: 7,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  deprecated: 26,
} as const;

/** Loads the library at an absolute path. Throws where it, or what calls it, cannot be loaded on this machine. */
export function openNvmlLibrary(path: string): NvmlLibrary {
  // Required when it is needed, so that its absence can be told; 4 ms and 2 MB less than by import().
  const { load } = createRequire(import.meta.filename)("koffi") as typeof import("koffi"); // the package's own declaration
  const library = load(path);
  const functions = new Map<string, NativeFunction | undefined>();

  const declare = (name: string, result: string, types: readonly string[]): NativeFunction | undefined => {
    if (!functions.has(name))
      functions.set(
        name,
        find(() => library.func(name, result, [...types])),
      );
    return functions.get(name);
  };
  return {
    call: (name, ...args) => {
      const answer = declare(name, "int", args.map(typeOf))?.(...args);
      return typeof answer === "number" ? answer : nvmlReturn.functionNotFound;
    },
    errorString: (number) => {
      const words = declare("nvmlErrorString", "str", ["int"])?.(number);
      return typeof words === "string" ? words : "";
    },
  };
}

type NativeFunction = (...args: readonly NvmlArgument[]) => unknown;

function typeOf(argument: NvmlArgument): string {
  switch (typeof argument) {
    case "number":
      return "uint32_t";
    case "bigint":
      return "uint64_t";
    default:
      return "void *";
  }
}

function find(declared: () => NativeFunction): NativeFunction | undefined {
  try {
    return declared();
  } catch {
    return undefined; // the library is older than the function
  }
}
