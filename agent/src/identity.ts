/** Who this machine is: what stands in Hello. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";

/** A node's name, and the two ids that tell machines and boots apart. */
export interface Identity {
  readonly nodeName: string;
  /** Empty where the machine has none; that is no reason not to report. */
  readonly machineId: string;
  readonly bootId: string;
}

/** Finds it out. `configuredName` wins over the host's own. Throws CONFIG_INVALID where the name or the host's root cannot be right. */
export async function identify(host: Host, configuredName: string | undefined): Promise<Identity> {
  const bootId = await readLine(host, "/proc/sys/kernel/random/boot_id").catch((cause: unknown) => {
    const why = AppError.from(cause).message;
    throw new AppError("CONFIG_INVALID", `there is no running system under --host-root ${host.root}: ${why}`, { cause });
  });
  const nodeName = configuredName ?? (await hostName(host)).toLowerCase();
  if (!nodeNamePattern.test(nodeName)) {
    throw new AppError(
      "CONFIG_INVALID",
      `"${nodeName}" cannot be the name of a node: use lower-case letters, digits, "-", "_" and ".", at most 253, and give it with --node-name`,
    );
  }
  return { nodeName, machineId: await machineId(host), bootId };
}

/** What the collector takes: the names that Kubernetes gives to nodes, and underscores, which machines outside of it have. */
const nodeNamePattern = /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/;

/** In a container the kernel names the container, whatever /proc it is asked through: there the host's file tells. */
async function hostName(host: Host): Promise<string> {
  const kernel = "/proc/sys/kernel/hostname";
  if (host.root === "/") return readLine(host, kernel);
  const written = await readLine(host, "/etc/hostname").catch(() => "");
  return written === "" ? readLine(host, kernel) : written;
}

/** /etc/machine-id; systems without systemd have D-Bus's. */
async function machineId(host: Host): Promise<string> {
  for (const path of ["/etc/machine-id", "/var/lib/dbus/machine-id"]) {
    const id = await readLine(host, path).catch(() => "");
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  }
  return "";
}

async function readLine(host: Host, path: string): Promise<string> {
  const text = await host.readText(path);
  return text.trim();
}
