/** Kind k3s: the service as it is told. Sources: k3s-service.ts, and the data folder of K3s. */
import type { K3s } from "@nodekeeper/proto";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";
import { printable } from "../printable.ts";
import { processStartMs } from "../processes/process-stat.ts";
import type { Finding } from "../section.ts";
import { certificateEndMs, keepCertificateEnd } from "./certificate-end.ts";
import { type RawK3sService, runsOldProgram } from "./k3s-service.ts";
import { type RawVersion, readVersion, versionIn } from "./program-version.ts";

/** What is read of K3s. */
export interface RawK3s {
  readonly service: RawK3sService;
  /** Of the program on disk. */
  readonly version: RawVersion;
  /** Names in the folder of the server's database. */
  readonly databases: Reading<readonly string[]>;
  readonly certificate: Reading;
  /** /proc/stat: when the machine was started. */
  readonly stat: Reading;
  readonly hostName: Reading;
  /** The last reading of this agent. */
  readonly before: K3s | undefined;
}

/** Reads what lies beside the service. */
export async function readK3s(
  host: Host,
  service: RawK3sService,
  before: { readonly k3s: K3s | undefined; readonly lastRunMs: number | undefined },
  signal: AbortSignal,
): Promise<RawK3s> {
  const { dataFolder } = service.options;
  const [stat, hostName, databases, certificate] = await Promise.all([
    readFile(host, "/proc/stat"),
    readFile(host, "/proc/sys/kernel/hostname"),
    readNames(host, `${dataFolder}/server/db`),
    readFile(host, `${dataFolder}/agent/serving-kubelet.crt`, { keep: keepCertificateEnd }),
  ]);
  const isSameProcess = before.k3s?.startedAtUnixMs === startOf(service, stat);
  const known = { version: isSameProcess ? (before.k3s?.version ?? "") : "", lastRunMs: before.lastRunMs };
  const version = await readVersion(host, "k3s", known, signal);
  return { service, version, databases, certificate, stat, hostName, before: before.k3s };
}

/** As it is told. Throws where a configuration could not be read: what it would have said cannot be told from what it does not say. */
export function k3sFinding(raw: RawK3s): Finding<"k3s"> {
  const { service, databases, certificate, stat, hostName } = raw;
  const { unit, role, options, isEnabled, unread } = service;
  const [first] = unread;
  if (first !== undefined) throw first.error;
  const version = versionIn(raw.version, /^k3s version (v\S+)/m);
  const startedAtUnixMs = startOf(service, stat);
  const certificateEnd = certificate.outcome === "ok" ? certificateEndMs(certificate.value) : undefined;
  return {
    value: {
      version,
      role,
      unit,
      isRunning: isRunning(service, "k3s"),
      startedAtUnixMs,
      isRestartNeeded: isRestartNeeded(service, { version, startedAtUnixMs }, raw.before),
      nodeName: nodeNameOf(options.nodeName, hostName),
      serverAddress: options.server,
      isEmbeddedEtcd: role === "server" && databases.outcome === "ok" ? databases.value.includes("etcd") : undefined,
      nodeAddresses: [...options.nodeAddresses],
      dataFolder: options.dataFolder,
      isEnabled,
      certificateExpiresAtUnixMs: certificateEnd === undefined ? undefined : BigInt(certificateEnd),
    },
  };
}

/** Whether a process of the service runs; undefined where that could not be told. */
export function isRunning({ processes }: RawK3sService, name: "k3s" | "containerd"): boolean | undefined {
  return processes === undefined ? undefined : processes[name] !== undefined;
}

/**
 * A process that runs a program which is gone, or is not the one that was unpacked last, waits for a restart; so does one that was there before
 * the version on disk changed. One that was started after we knew that version runs it. Of one that was there before us nothing is known.
 */
function isRestartNeeded(
  service: RawK3sService,
  now: { readonly version: string; readonly startedAtUnixMs: bigint | undefined },
  before: K3s | undefined,
): boolean | undefined {
  if (isRunning(service, "k3s") !== true) return undefined;
  if (runsOldProgram(service) === true) return true;
  if (before === undefined) return undefined;
  const isSameProcess = before.startedAtUnixMs === now.startedAtUnixMs;
  if (before.version === "" || now.version === "") return isSameProcess ? before.isRestartNeeded : undefined;
  if (before.version !== now.version) return isSameProcess ? true : undefined;
  return isSameProcess ? before.isRestartNeeded : false;
}

/** Kubernetes has names in lower case, and so K3s makes them (pkg/util, GetHostnameAndIPs). */
function nodeNameOf(configured: string, hostName: Reading): string {
  const name = configured || (hostName.outcome === "ok" ? hostName.value : "");
  return printable(name.trim().toLowerCase(), 253);
}

function startOf({ processes }: RawK3sService, stat: Reading): bigint | undefined {
  const startMs = stat.outcome === "ok" ? processStartMs(processes?.k3s?.startTicks, stat.value) : undefined;
  return startMs === undefined ? undefined : BigInt(startMs);
}
