/**
 * What NVIDIA's driver says, in one form whoever asked it: the child that calls NVML prints it as JSON, and the answer of nvidia-smi is
 * turned into it. A value that the driver does not give is left out, never 0. Sentinels ("N/A", all ones) are left out where they are read.
 */

/** One reading of all GPUs. */
export interface DriverReading {
  readonly source: "nvml" | "nvidia-smi";
  /** e.g. 580.159.04. */
  readonly driverVersion?: string;
  /** Newest CUDA that the driver can, e.g. 13.0. */
  readonly cudaVersion?: string;
  /** Why the driver as a whole could not be asked; then there are no GPUs. */
  readonly failure?: DriverFailure;
  /**
   * False where processes outside our own container may use the GPUs too: the lists of processes are then right, and not complete. Where even a
   * list of ours would be empty, it is left out.
   */
  readonly seesAllProcesses?: boolean;
  readonly gpus: readonly DriverGpu[];
}

/** The same before anybody looked at it: every field is thought of, and may be undefined. */
export type Unchecked<Value> = Value extends readonly (infer Element)[]
  ? readonly Unchecked<Element>[]
  : Value extends object
    ? { readonly [Key in keyof Value]-?: Unchecked<NonNullable<Value[Key]>> | undefined }
    : Value;

/** A reading as it comes from a child; of a GPU that failed only that is told. */
export interface UncheckedReading extends Omit<Unchecked<DriverReading>, "gpus"> {
  readonly gpus: readonly (Unchecked<DriverGpu> | FailedGpu)[];
}

/** A GPU of which nothing else is known. */
export type FailedGpu = Required<Pick<DriverGpu, "pciAddress" | "failure">>;

/** Why something could not be read. */
export interface DriverFailure {
  /** The number of nvmlReturn_t, e.g. 15 for a GPU that is lost; nvidia-smi ends with the same numbers. */
  readonly nvmlReturn: number;
  /** The driver's own words. */
  readonly message: string;
}

/** One GPU. */
export interface DriverGpu {
  /** In sysfs's form: 0000:01:00.0. */
  readonly pciAddress: string;
  /** Why this one could not be read at all; the rest is then left out. */
  readonly failure?: DriverFailure;
  readonly uuid?: string;
  readonly productName?: string;
  readonly serialNumber?: string;
  readonly vbiosVersion?: string;
  readonly computeCapability?: string;
  readonly architecture?: string;
  readonly memory?: {
    readonly totalBytes?: number;
    readonly reservedBytes?: number;
    readonly usedBytes?: number;
    readonly freeBytes?: number;
  };
  readonly utilization?: {
    readonly gpuPercent?: number;
    readonly memoryPercent?: number;
    readonly encoderPercent?: number;
    readonly decoderPercent?: number;
  };
  readonly temperature?: {
    readonly gpuCelsius?: number;
    readonly memoryCelsius?: number;
    readonly slowdownCelsius?: number;
    readonly shutdownCelsius?: number;
  };
  readonly power?: {
    readonly drawWatts?: number;
    readonly limitWatts?: number;
    readonly defaultLimitWatts?: number;
    readonly energyJoules?: number;
  };
  readonly clocks?: {
    readonly graphicsHertz?: number;
    readonly smHertz?: number;
    readonly memoryHertz?: number;
    readonly videoHertz?: number;
    readonly maximumGraphicsHertz?: number;
  };
  /** 0 to 15. */
  readonly performanceState?: number;
  readonly fanPercent?: number;
  /** The mask of nvmlClocksEventReasons: 0x1 idle, 0x4 power cap, 0x40 hardware thermal … */
  readonly clocksEventReasons?: number;
  readonly ecc?: {
    readonly isEnabled?: boolean;
    readonly isPending?: boolean;
    readonly correctedErrors?: number;
    readonly uncorrectedErrors?: number;
    readonly lifetimeCorrectedErrors?: number;
    readonly lifetimeUncorrectedErrors?: number;
  };
  readonly retiredPages?: { readonly count?: number; readonly isPending?: boolean };
  readonly remappedRows?: {
    readonly corrected?: number;
    readonly uncorrected?: number;
    readonly isPending?: boolean;
    readonly hasFailed?: boolean;
  };
  /** As GpuStatus.recovery_action. */
  readonly recoveryAction?: string;
  readonly pcieReplays?: number;
  readonly isPersistenceEnabled?: boolean;
  readonly isDisplayActive?: boolean;
  readonly isMigEnabled?: boolean;
  readonly instances?: readonly DriverInstance[];
  /** Left out where the driver did not say who uses it. */
  readonly processes?: readonly DriverProcess[];
}

/** A part of a GPU (MIG). */
export interface DriverInstance {
  readonly uuid?: string;
  readonly profile?: string;
  readonly gpuInstance?: number;
  readonly computeInstance?: number;
  readonly memoryTotalBytes?: number;
  readonly memoryUsedBytes?: number;
}

/** A process that uses a GPU, one entry whatever it does there. */
export interface DriverProcess {
  /** As the host counts. */
  readonly pid: number;
  readonly memoryBytes?: number;
  readonly isCompute: boolean;
  readonly isGraphics: boolean;
}
