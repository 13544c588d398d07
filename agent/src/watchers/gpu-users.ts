/**
 * Notices who begins and who ceases to use a GPU, and GPUs that fall asleep, wake, come and go, without touching any: it looks at which device
 * files processes have open, at how much the drivers are used, and at power/runtime_status. Only while a GPU with device files is awake: nobody uses
 * one that sleeps.
 *
 * What is there for a moment only, as a program that reads a sensor (or our own), sets nothing off.
 */
import { runEvery } from "@nodekeeper/shared";
import type { FileHolder, Host } from "../host/host.ts";
import { readFile, readNames } from "../host/reading.ts";
import { textOf } from "../probes/support/block/file-values.ts";
import { type DriverUse, findDrivers, hasRisen, readDriverUse } from "../probes/support/gpu/driver-use.ts";
import type { GpuUsers } from "../probes/support/gpu/gpu-users.ts";
import { readDisplayAddresses } from "../probes/support/gpu/read-gpus.ts";
import { defineWatcher, type Watcher, type WatcherContext } from "../watcher.ts";

/** What was seen at one look. */
interface View {
  /** runtime_status by address. */
  readonly power: ReadonlyMap<string, string>;
  /** "1234 /dev/nvidia0"; undefined where nobody can be using one. */
  readonly users: ReadonlySet<string> | undefined;
  readonly driverUse: DriverUse;
}

/** With the second look that confirms a change, everything is noticed within five seconds. */
const minimumIntervalMs = 4_000;
/** On a machine with very many processes a look costs more, and comes less often; a game is still named within 15 seconds. */
const maximumIntervalMs = 10_000;
/** Looks may take this part of a core; one that was held up by others says nothing of its cost. */
const lookShare = 0.0003;
const looksThatCount = 5;
const confirmAfterMs = 1_000;
/** Cards and drivers seldom come and go. */
const devicesAgainAfterMs = 60_000;
const maximumNamed = 5;

/** Makes the watcher; what is known of the users is shared with the probe `gpu`. */
export function createGpuUsersWatcher(users: GpuUsers): Watcher {
  return defineWatcher({
    name: "gpu-users",
    title: "who uses the GPUs, and whether they sleep",
    watch: (context) => watch(context, users),
  });
}

async function watch({ host, clock, trigger, signal }: WatcherContext, users: GpuUsers): Promise<void> {
  let devices: Devices = { addresses: [], hasFiles: false, drivers: [] };
  let devicesAtMs = Number.NEGATIVE_INFINITY;
  let before: View | undefined;
  let costsMs: readonly number[] = [];
  await runEvery({ clock, intervalMs: () => paceFor(costsMs), jitter: 0, random: () => 0, signal }, async () => {
    if (clock.monotonicMs() - devicesAtMs >= devicesAgainAfterMs) {
      devices = await findDevices(host);
      devicesAtMs = clock.monotonicMs();
    }
    const startedAtMs = clock.monotonicMs();
    let now = await look(host, devices, users, before);
    costsMs = [...costsMs, clock.monotonicMs() - startedAtMs].slice(-looksThatCount);
    if (before !== undefined && changes(before, now).length > 0) {
      await clock.sleep(confirmAfterMs, signal);
      now = await look(host, devices, users, before);
    }
    const reasons = before === undefined ? [] : changes(before, now);
    before = now;
    if (reasons.length > 0) trigger(["gpu", "ollama"], `GPU: ${reasons.slice(0, maximumNamed).join(", ")}`);
  });
}

/** By the middle one of the last few looks. */
function paceFor(costsMs: readonly number[]): number {
  const usualMs = [...costsMs].sort((a, b) => a - b)[Math.floor(looksThatCount / 2)] ?? 0;
  return Math.min(maximumIntervalMs, Math.max(minimumIntervalMs, usualMs / lookShare));
}

interface Devices {
  readonly addresses: readonly string[];
  /** Whether any GPU has a device file that a program could open. */
  readonly hasFiles: boolean;
  /** Loaded as modules. */
  readonly drivers: readonly string[];
}

async function findDevices(host: Host): Promise<Devices> {
  const [{ names }, dev, dri, drivers] = await Promise.all([
    readDisplayAddresses(host),
    readNames(host, "/dev"),
    readNames(host, "/dev/dri"),
    findDrivers(host),
  ]);
  const isNvidia = dev.outcome === "ok" && dev.value.some((name) => /^nvidia\d+$/.test(name));
  const isDri = dri.outcome === "ok" && dri.value.some((name) => name.startsWith("renderD"));
  return { addresses: names, hasFiles: isNvidia || isDri, drivers };
}

/**
 * Whoever has woken one, or begun to use one, may be a process as old as the machine: then it looks at all. More use of a driver is that where neither
 * the young processes nor those that had one open already explain it.
 */
async function look(host: Host, devices: Devices, users: GpuUsers, before: View | undefined): Promise<View> {
  const { addresses, hasFiles, drivers } = devices;
  const power = new Map<string, string>();
  for (const address of addresses) {
    const status = await readFile(host, `/sys/bus/pci/devices/${address}/power/runtime_status`);
    power.set(address, textOf(status) ?? status.outcome);
  }
  const isAwake = power.size === 0 || [...power.values()].some((status) => !isAsleep(status));
  if (!hasFiles || !isAwake) return { power, users: undefined, driverUse: new Map() };
  const hasWoken = [...power].some(([address, status]) => status === "active" && isAsleep(before?.power.get(address)));
  const driverUse = await readDriverUse(host, drivers);
  const seen = keysOf(await users.look(host, hasWoken));
  const isExplained = before?.users === undefined || !hasRisen(before.driverUse, driverUse) || [...seen].some(isNewTo(before));
  return { power, users: isExplained ? seen : keysOf(await users.look(host, true)), driverUse };
}

function isNewTo({ users }: View): (key: string) => boolean {
  return (key) => users?.has(key) !== true;
}

function isAsleep(status: string | undefined): boolean {
  return status?.startsWith("suspend") === true;
}

function keysOf(holders: readonly FileHolder[]): ReadonlySet<string> {
  return new Set(holders.map(({ pid, path }) => `${pid} ${path}`));
}

/** In words, for the log. */
function changes(before: View, now: View): readonly string[] {
  const nobody: ReadonlySet<string> = new Set();
  const [then, since] = [before.users ?? nobody, now.users ?? nobody];
  return [
    ...[...now.power].filter(([id, status]) => before.power.get(id) !== status).map(([id, status]) => `${id} is ${status}`),
    ...[...before.power.keys()].filter((id) => !now.power.has(id)).map((id) => `${id} is gone`),
    ...[...since].filter((key) => !then.has(key)).map((key) => `process ${key} has begun`),
    ...[...then].filter((key) => !since.has(key)).map((key) => `process ${key} has ended`),
  ];
}
