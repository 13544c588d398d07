/**
 * A reading that came from a child, taken apart as if an enemy had written it: a value that is not of its kind, or that no GPU can have, is left
 * out; only what is known by name is taken.
 */
import { printable } from "../../printable.ts";
import type { DriverFailure, DriverGpu, DriverInstance, DriverProcess, DriverReading } from "../driver-reading.ts";

/** Undefined where it is no reading at all: no source, no list of GPUs, a GPU without an address. */
export function checkReading(raw: unknown): DriverReading | undefined {
  return reading(raw);
}

/** Undefined for what is not such a value. */
type Reader<Value> = (raw: unknown) => Value | undefined;

const maximumGpus = 64;
const maximumInstances = 64;
/** No machine runs more processes on a GPU that somebody would want to see. */
const maximumProcesses = 4096;

const bytes = whole(0, 2 ** 50);
const percent = within(0, 100);
const celsius = within(-100, 300);
const watts = within(0, 100_000);
const hertz = within(0, 1e11);
const count = whole(0, Number.MAX_SAFE_INTEGER);
const spares = whole(0, 1_000_000);
const instanceNumber = whole(0, 1024);

/** NVML_ERROR_UNKNOWN, for a failure that says no number: it must not look like no failure. */
const unknownFailure = 999;
const failureNumber = whole(0, 100_000);
const failureText = text(256);

function failure(raw: unknown): DriverFailure | undefined {
  if (raw === undefined || raw === null) return undefined;
  const said: Partial<Record<"nvmlReturn" | "message", unknown>> = typeof raw === "object" ? raw : {};
  return { nvmlReturn: failureNumber(said.nvmlReturn) ?? unknownFailure, message: failureText(said.message) ?? "" };
}

const instance: Reader<DriverInstance> = record<DriverInstance>({
  uuid: text(),
  profile: text(),
  gpuInstance: instanceNumber,
  computeInstance: instanceNumber,
  memoryTotalBytes: bytes,
  memoryUsedBytes: bytes,
});

const process: Reader<DriverProcess> = record<DriverProcess>(
  { pid: whole(1, 2 ** 31 - 1), memoryBytes: bytes, isCompute: flag, isGraphics: flag },
  "pid",
  "isCompute",
  "isGraphics",
);

const gpu: Reader<DriverGpu> = record<DriverGpu>(
  {
    pciAddress: address,
    failure,
    uuid: text(),
    productName: text(),
    serialNumber: text(),
    vbiosVersion: text(),
    computeCapability: text(16),
    architecture: text(),
    memory: record({ totalBytes: bytes, reservedBytes: bytes, usedBytes: bytes, freeBytes: bytes }),
    utilization: record({ gpuPercent: percent, memoryPercent: percent, encoderPercent: percent, decoderPercent: percent }),
    temperature: record({
      gpuCelsius: celsius,
      memoryCelsius: celsius,
      slowdownCelsius: celsius,
      shutdownCelsius: celsius,
    }),
    power: record({ drawWatts: watts, limitWatts: watts, defaultLimitWatts: watts, energyJoules: within(0, 2 ** 53) }),
    clocks: record({
      graphicsHertz: hertz,
      smHertz: hertz,
      memoryHertz: hertz,
      videoHertz: hertz,
      maximumGraphicsHertz: hertz,
    }),
    performanceState: whole(0, 15),
    // A fan may run faster than what is called its maximum.
    fanPercent: within(0, 200),
    clocksEventReasons: count,
    ecc: record({
      isEnabled: flag,
      isPending: flag,
      correctedErrors: count,
      uncorrectedErrors: count,
      lifetimeCorrectedErrors: count,
      lifetimeUncorrectedErrors: count,
    }),
    retiredPages: record({ count: spares, isPending: flag }),
    remappedRows: record({ corrected: spares, uncorrected: spares, isPending: flag, hasFailed: flag }),
    recoveryAction: text(),
    pcieReplays: count,
    isPersistenceEnabled: flag,
    isDisplayActive: flag,
    isMigEnabled: flag,
    instances: list(instance, maximumInstances),
    processes: list(process, maximumProcesses),
  },
  "pciAddress",
);

const reading: Reader<DriverReading> = record<DriverReading>(
  {
    source: (raw) => (raw === "nvml" || raw === "nvidia-smi" ? raw : undefined),
    driverVersion: text(),
    cudaVersion: text(16),
    failure,
    seesAllProcesses: flag,
    gpus: list(gpu, maximumGpus),
  },
  "source",
  "gpus",
);

/** An object with known fields; undefined where one of `required` is not what it must be. */
function record<Value extends object>(
  fields: { readonly [Key in keyof Value]-?: Reader<NonNullable<Value[Key]>> },
  ...required: readonly (keyof Value)[]
): Reader<Value> {
  const names = Object.keys(fields) as (keyof Value & string)[]; // the fields of `fields` are those of Value
  return (raw) => {
    if (typeof raw !== "object" || raw === null) return undefined;
    const found = names
      .filter((name) => Object.hasOwn(raw, name))
      .map((name) => [name, fields[name]((raw as Readonly<Record<string, unknown>>)[name])] as const)
      .filter(([, value]) => value !== undefined);
    const value = Object.fromEntries(found) as Value; // each field has been read by its own reader, the required ones are looked for below
    return required.every((name) => Object.hasOwn(value, name)) ? value : undefined;
  };
}

/** A list whose elements are all such; undefined where one is not, since it would hide something. */
function list<Element>(element: Reader<Element>, maximum: number): Reader<readonly Element[]> {
  return (raw) => {
    if (!Array.isArray(raw) || raw.length > maximum) return undefined;
    const elements = raw.map((each) => element(each)).filter((each) => each !== undefined);
    return elements.length === raw.length ? elements : undefined;
  };
}

function text(maximumBytes = 128): Reader<string> {
  return (raw) => {
    const shown = typeof raw === "string" ? printable(raw.trim(), maximumBytes) : "";
    return shown === "" || noValue.test(shown) ? undefined : shown;
  };
}

/** Words of NVIDIA's driver for "there is none"; some boards have serial numbers of zeros alone. */
const noValue = /^(?:\[?(?:N\/A|Not Supported|Unknown)\]?|0+)$/i;

function within(minimum: number, maximum: number): Reader<number> {
  return (raw) => (typeof raw === "number" && raw >= minimum && raw <= maximum ? raw : undefined);
}

function whole(minimum: number, maximum: number): Reader<number> {
  return (raw) => (typeof raw === "number" && Number.isInteger(raw) && raw >= minimum && raw <= maximum ? raw : undefined);
}

function flag(raw: unknown): boolean | undefined {
  return typeof raw === "boolean" ? raw : undefined;
}

function address(raw: unknown): string | undefined {
  return typeof raw === "string" && /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(raw) ? raw : undefined;
}
