/**
 * A storage node that is a virtual machine: the built agent in it, enrolled and proven over TLS, its NVMe disks mounted where Longhorn has its disks, and
 * Longhorn's own file on each of them.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectorServerName } from "@nodekeeper/shared";
import { writeIdentity } from "../../agent/src/access/identity-file.ts";
import type { EnrolledMachine } from "../support/prepared-vault.ts";
import { createEmptyImage } from "../vm/ext4-image.ts";
import { type Guest, startGuest } from "../vm/guest.ts";
import { agentFile, startGuestAgent } from "../vm/guest-agent.ts";

/** A disk of it. */
export interface StorageDisk {
  /** At most 20 characters; also what QMP calls it. */
  readonly serial: string;
  readonly mountPoint: string;
  /** As longhorn-disk.cfg says it. */
  readonly diskUuid: string;
}

/** What it is started with. */
export interface StorageGuestOptions {
  readonly machine: EnrolledMachine;
  /** Port of the collector's public gRPC on this machine. */
  readonly port: number;
  /** PEM. */
  readonly authorities: readonly string[];
  readonly disks: readonly StorageDisk[];
}

/** It runs. */
export interface StorageGuest extends AsyncDisposable {
  readonly guest: Guest;
  /** Sets the critical warning of a disk (NVM Express Base Specification, log page 02h). */
  declare(serial: string, criticalWarning: number): Promise<void>;
  log(): Promise<string>;
}

const imageBytes = 64 << 20;

/** Boots it and starts its agent. */
export async function startStorageGuest({ machine, port, authorities, disks }: StorageGuestOptions): Promise<StorageGuest> {
  await using parts = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-storage-"));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const address = `127.0.0.1:${port}`;
  const identityFile = join(folder, "identity.json");
  writeIdentity(identityFile, {
    ...{ nodeName: machine.node, credentials: [machine.credential], caCertificates: authorities },
    ...{ addresses: [address], givenAddresses: [address], serverName: collectorServerName },
  });
  const machineIdFile = join(folder, "machine-id");
  await writeFile(machineIdFile, `${machine.machineId}\n`);
  const images = await Promise.all(
    disks.map(async ({ serial }) => {
      const image = join(folder, serial);
      await createEmptyImage(image, imageBytes);
      return { image, device: "nvme" as const, serial };
    }),
  );
  const guest = parts.use(
    await startGuest({
      disks: images,
      hostPorts: [port],
      files: [
        agentFile,
        { hostPath: identityFile, guestPath: "/identity.json" },
        { hostPath: machineIdFile, guestPath: "/machine-id" },
      ],
    }),
  );
  await prepare(guest, [...ownName, ...disks.flatMap(mounting)].join("\n"));
  await startGuestAgent(guest, {
    arguments: [
      ...["--collector", address, "--identity-file", "/tmp/report/identity.json"],
      ...["smart", "disks"].flatMap((probe) => ["--interval", `${probe}=2s`]),
    ],
  });
  const running = parts.move();
  return {
    guest,
    async declare(serial, value) {
      await guest.qmp("qom-set", { path: `/machine/peripheral/${serial}`, property: "smart_critical_warning", value });
    },
    log: async () => (await guest.run("cat /tmp/agent.log; dmesg | tail -n 20")).stdout,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The machine is who it was enrolled as, and its disks bear another name than QEMU gives its own, which are taken for virtual ones. */
const ownName: readonly string[] = [
  "mkdir -p /tmp/report && cp /files/identity.json /tmp/report/ && chmod 600 /tmp/report/identity.json",
  "cp /files/machine-id /etc/",
  "echo 'Samsung SSD 980 PRO 1TB' >/tmp/model",
  "for controller in /sys/class/nvme/*; do mount --bind /tmp/model $(readlink -f $controller)/model; done",
];

function mounting({ serial, mountPoint, diskUuid }: StorageDisk): readonly string[] {
  const text = JSON.stringify({ diskName: serial.toLowerCase(), diskUUID: diskUuid, diskDriver: "" });
  return [
    `mkdir -p ${mountPoint}`,
    `mount /dev/serial/${serial} ${mountPoint}`,
    `mkdir -p ${mountPoint}/replicas`,
    `echo '${text}' >${mountPoint}/longhorn-disk.cfg`,
  ];
}

async function prepare(guest: Guest, script: string): Promise<void> {
  const { exitCode, stdout, stderr } = await guest.run(`set -e\n${script}`);
  if (exitCode !== 0) throw new Error(`the guest could not be prepared (${exitCode}): ${stdout}${stderr}`);
}
