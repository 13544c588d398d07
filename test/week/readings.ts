/** What the probes of a machine read at a moment: its recording, with all that moves. */
import { GpuPower, TailscalePath as Path, type Subject, type TailscalePath } from "../../proto/src/index.ts";
import { type Fault, fillingMs } from "./faults.ts";
import { hourOf, isGameAt, isRelayedAt, minuteMs, modelUntilMs, weekStartMs } from "./life.ts";
import { filtered, type Machine, type MachineName, mapped, nvidiaGpu, tailnet, withPower } from "./machines.ts";
import { type Found, type Thing, thing } from "./recorded.ts";

/** A moment in the life of a machine. */
export interface Moment {
  readonly machine: Machine;
  readonly nowMs: number;
  readonly bootedAtMs: number;
  readonly bootId: string;
  /** Machines that are off. */
  readonly off: ReadonlySet<MachineName>;
  /** What is broken of it now. */
  readonly fault: Fault | undefined;
}

/** What a probe read. */
export interface Reading {
  /** Equal keys of one probe of one machine: equal facts. */
  readonly key: string;
  /** Made only for a key that is new. Undefined: the machine has nothing of the kind. */
  readonly make: () => Found | undefined;
}

/** Reads. */
export function readingOf(probe: string, moment: Moment): Reading {
  const recorded = moment.machine.recording.get(probe);
  const still = { key: "", make: () => recorded };
  if (recorded === undefined) return still;
  switch (probe) {
    case "system":
      return { key: moment.bootId, make: () => mapped(recorded, (each) => booted(each, moment.bootId)) };
    case "smart":
      return { key: `${moment.nowMs}`, make: () => mapped(recorded, (each) => worn(each, moment)) };
    case "kernel-log":
      return kernelLog(recorded, moment);
    case "raspberry-pi":
      return moment.fault?.kind === "weak-power"
        ? { key: "weak", make: () => mapped(recorded, (each) => withPower(each, true)) }
        : still;
    case "tailscale":
      return tailscale(recorded, moment);
    case "gpu":
      return gpu(recorded, moment);
    case "ollama":
      return ollama(recorded, moment);
    case "kubernetes":
      return { key: moment.bootId, make: () => mapped(recorded, (each) => started(each, moment.bootedAtMs)) };
    default:
      return still;
  }
}

/** Every subject with another value of the same kind. */
function changed<Case extends Subject["value"]["case"]>(
  each: Thing,
  which: Case,
  fields: Partial<Extract<Subject["value"], { readonly case: Case }>["value"]>,
): Thing {
  const { value } = each.subject;
  if (value.case !== which) return each;
  // The case was compared, which TypeScript does not carry over to the generic value.
  const next = { case: which, value: { ...(value.value as object), ...(fields as object) } } as Subject["value"];
  return { ...each, subject: { ...each.subject, value: next } };
}

function booted(each: Thing, bootId: string): Thing {
  return changed(each, "operatingSystem", { bootId });
}

function started(each: Thing, bootedAtMs: number): Thing {
  return changed(each, "k3s", { startedAtUnixMs: BigInt(bootedAtMs + 42_000) });
}

/** A drive ages as healthy ones do: hours, what was written, and entries in its log of errors that are none. */
function worn(each: Thing, { nowMs, fault, machine }: Moment): Thing {
  const { value } = each.subject;
  if (value.case !== "diskHealth") return each;
  const hours = Math.floor((nowMs - weekStartMs) / (60 * minuteMs));
  const { nvme, temperatureCelsius = 35 } = value.value;
  const celsius = Math.round(temperatureCelsius + warmthAt(nowMs));
  const powerOnHours = (value.value.powerOnHours ?? 0n) + BigInt(hours);
  const isFailing = fault?.kind === "failing-drive";
  const log = nvme && {
    ...nvme,
    ...{ powerOnHours, compositeTemperatureCelsius: celsius, criticalWarning: isFailing ? 4 : 0 },
    temperatureSensorsCelsius: nvme.temperatureSensorsCelsius.map((own) => own + Math.round(warmthAt(nowMs))),
    percentageUsed: (nvme.percentageUsed ?? 0) + (machine.name === "bobcat" && hours >= 75 ? 1 : 0),
    dataUnitsWritten: (nvme.dataUnitsWritten ?? 0n) + BigInt(hours * 310),
    hostWriteCommands: (nvme.hostWriteCommands ?? 0n) + BigInt(hours * 9_700),
    errorInformationLogEntries: (nvme.errorInformationLogEntries ?? 0n) + BigInt(Math.floor(hours / 11)),
  };
  return changed(each, "diskHealth", { temperatureCelsius: celsius, powerOnHours, ...(log === undefined ? {} : { nvme: log }) });
}

function kernelLog(recorded: Found, { fault, nowMs }: Moment): Reading {
  if (fault?.kind !== "weak-power" && fault?.kind !== "lost-gpu") return { key: "", make: () => recorded };
  // The controller drops out every twenty minutes.
  const times = 1 + Math.floor((nowMs - fault.fromMs) / (20 * minuteMs));
  const at = { firstAtUnixMs: `${fault.fromMs}`, lastAtUnixMs: `${fault.fromMs + (times - 1) * 20 * minuteMs}` };
  const told = (id: string, area: string, severity: string, code: string, device: string, message: string, again = at): Thing =>
    thing(
      {
        ...{ kind: "kernel_fault", id, outcome: "OUTCOME_OK" },
        kernelFault: {
          code,
          device,
          message,
          ...again,
          severity: `KERNEL_FAULT_SEVERITY_${severity}`,
          area,
          meaning: `${message}.`,
        },
      },
      { occurrences_total: again === at ? times : 1 },
    );
  const once = { ...at, lastAtUnixMs: at.firstAtUnixMs };
  const faults =
    fault.kind === "weak-power"
      ? [
          told("undervoltage", "power", "WARNING", "undervoltage", "", "hwmon hwmon3: Undervoltage detected!"),
          told(
            ...(["nvme-controller-reset nvme0", "disk", "FAULT", "nvme-controller-reset", "nvme0"] as const),
            "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0xffff",
          ),
        ]
      : [
          told(
            ...([`nvidia-xid-79 ${nvidiaGpu}`, "gpu", "FAULT", "nvidia-xid-79", nvidiaGpu] as const),
            ...(["NVRM: Xid (PCI:0000:01:00): 79, pid=1234, GPU has fallen off the bus", once] as const),
          ),
        ];
  return {
    key: `${fault.kind} ${fault.kind === "weak-power" ? times : 1}`,
    make: () => ({ ...recorded, things: [...recorded.things, ...faults] }),
  };
}

function tailscale(recorded: Found, { machine, nowMs, off }: Moment): Reading {
  const isRelayed = isRelayedAt(nowMs);
  const isPhoneThere = Math.floor(hourOf(nowMs)) % 5 !== 0;
  const key = `${isRelayed} ${isPhoneThere} ${[...off].join()}`;
  const make = (): Found => {
    const own = recorded.things.filter(({ subject }) => subject.kind !== "tailscale_peer");
    const others = (Object.keys(tailnet) as MachineName[]).filter((name) => name !== machine.name);
    const isFar = (name: MachineName): boolean => isRelayed && (name === "bobcat" || machine.name === "bobcat");
    const peers = others.map((name) => peerOf(name, !off.has(name), isFar(name) ? Path.DERP : Path.DIRECT, nowMs));
    const self = own.map((each) =>
      changed(each, "tailscale", { keyExpiresAtUnixMs: BigInt(weekStartMs + 120 * 24 * 60 * minuteMs) }),
    );
    return { ...recorded, things: [...self, ...peers, phone(isPhoneThere, nowMs)] };
  };
  return { key, make };
}

function peerOf(name: MachineName, isOnline: boolean, path: TailscalePath, nowMs: number): Thing {
  const { id, address } = tailnet[name];
  const isDirect = path === Path.DIRECT;
  const way = isDirect
    ? { path: "TAILSCALE_PATH_DIRECT", pathDetail: `${address.replace("100.64.0", "192.168.20")}:41641` }
    : { path: "TAILSCALE_PATH_DERP", pathDetail: "fra" };
  const tailscalePeer = {
    ...{ hostName: name, dnsName: `${name}.example-net.ts.net`, operatingSystem: "linux", addresses: [address], isOnline },
    ...{ homeRegion: "fra", isKeyExpired: false, isExitNode: false, isWatched: false },
    ...(isOnline ? way : { lastSeenAtUnixMs: `${nowMs}` }),
  };
  const samples = {
    receive_bytes_total: 1_000_000,
    transmit_bytes_total: 1_000_000,
    is_active: isOnline ? 1 : 0,
    is_direct: isDirect ? 1 : 0,
  };
  return thing({ kind: "tailscale_peer", id, outcome: "OUTCOME_OK", tailscalePeer }, samples);
}

function phone(isOnline: boolean, nowMs: number): Thing {
  const tailscalePeer = {
    ...{ hostName: "localhost", dnsName: "ana-phone.example-net.ts.net", operatingSystem: "iOS", addresses: ["100.64.0.21"] },
    ...{ isOnline, isKeyExpired: false, isExitNode: false, isWatched: false },
    ...(isOnline ? { path: "TAILSCALE_PATH_DERP", pathDetail: "fra" } : { lastSeenAtUnixMs: `${nowMs}` }),
  };
  return thing({ kind: "tailscale_peer", id: "n06CNTRL", outcome: "OUTCOME_OK", tailscalePeer }, { is_active: 0 });
}

function gpu(recorded: Found, moment: Moment): Reading {
  const { machine, nowMs, fault } = moment;
  if (machine.gpuId === undefined) return { key: "", make: () => recorded };
  const modelMs = modelUntilMs(machine.name, nowMs);
  const isPlayed = machine.name === "siberian" && isGameAt(nowMs);
  const isAsleep = machine.name === "panther" && modelMs === undefined;
  const isLost = fault?.kind === "lost-gpu";
  const key = `${modelMs !== undefined} ${isPlayed} ${isAsleep ? lastAwakeMs(nowMs) : ""} ${isLost}`;
  const purposes = new Set(["desktop", ...(isPlayed ? ["game"] : []), ...(modelMs === undefined ? [] : ["ollama"])]);
  const isThere = ({ subject: { value } }: Thing): boolean =>
    value.case !== "gpuProcess" || (!isLost && purposes.has(value.value.purpose));
  const make = (): Found | undefined => {
    const own = machine.name === "panther" && modelMs !== undefined ? [...recorded.things, ollamaProcess] : recorded.things;
    const found = filtered({ ...recorded, things: own }, isThere);
    if (isLost) return mapped(found, lost);
    return isAsleep ? mapped(found, (each) => asleep(each, lastAwakeMs(nowMs))) : found;
  };
  return { key, make };
}

const ollamaProcess: Thing = thing(
  {
    ...{ kind: "gpu_process", id: `${nvidiaGpu} 2977`, outcome: "OUTCOME_OK" },
    gpuProcess: {
      ...{ gpuId: nvidiaGpu, isCompute: true, isGraphics: false, purpose: "ollama" },
      owner: { pidNumber: 2977, processName: "ollama", unit: "ollama.service", user: "ollama" },
    },
  },
  { memory_used_bytes: 4_423_000_064 },
);

/** Panther computes in the first twelve minutes of every third hour, and its GPU falls asleep then. */
function lastAwakeMs(nowMs: number): number {
  const threeHoursMs = 180 * minuteMs;
  return Math.floor(nowMs / threeHoursMs) * threeHoursMs + 12 * minuteMs;
}

/** Nothing of it is read while it sleeps; what its driver said last stands, with its time. */
function asleep(each: Thing, readAtMs: number): Thing {
  const { subject, samples } = each;
  if (subject.id !== nvidiaGpu) return each;
  if (subject.value.case === "gpu") return changed(each, "gpu", { power: GpuPower.ASLEEP });
  const unknown = Object.fromEntries(Object.keys(samples).map((name) => [name, Number.NaN]));
  return { subject: { ...subject, readAtUnixMs: BigInt(readAtMs) }, samples: unknown };
}

function lost(each: Thing): Thing {
  const { subject } = each;
  if (subject.id !== nvidiaGpu || subject.kind !== "gpu_status") return each;
  return thing({
    kind: subject.kind,
    id: subject.id,
    outcome: "OUTCOME_FAILED",
    failure: { code: "GPU_LOST", message: "GPU is lost" },
  });
}

function ollama(recorded: Found, { machine, nowMs }: Moment): Reading {
  const untilMs = modelUntilMs(machine.name, nowMs);
  const make = (): Found | undefined => {
    const found = filtered(recorded, ({ subject }) => untilMs !== undefined || subject.kind !== "ollama_loaded_model");
    return untilMs === undefined
      ? found
      : mapped(found, (each) => changed(each, "ollamaLoadedModel", { expiresAtUnixMs: BigInt(untilMs) }));
  };
  return { key: `${untilMs ?? ""}`, make };
}

/** How much warmer than when it was recorded a room and what is in it are. */
export function warmthAt(atMs: number): number {
  return 3 * Math.sin(((hourOf(atMs) - 10) / 24) * 2 * Math.PI);
}

/** How much of the disk that fills up is used, as a share; undefined: it does not. */
export function fillingShare({ fault, nowMs }: Moment): number | undefined {
  return fault?.kind === "full-disk" ? Math.min(0.964, 0.66 + (0.3 * (nowMs - fault.fromMs)) / fillingMs) : undefined;
}
