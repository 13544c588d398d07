/** The built collector inside a guest, with its data directory on a virtual disk that outlives the guest. */
import { readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageFile } from "../vm/ext4-image.ts";
import { type Guest, startGuest } from "../vm/guest.ts";
import { collectorBundle, readAddresses } from "./collector-process.ts";

export interface GuestCollector {
  readonly guest: Guest;
  /** Reached from the host. */
  readonly grpcAddress: string;
}

/** Folder of the data directory on the disk. */
export const dataFolder = "/collector";

const httpPort = 7060;
const grpcPort = 7061;

/** Boots a guest with the disk image and waits until the collector in it listens. */
export async function startGuestCollector(image: string): Promise<GuestCollector> {
  const disks = [{ image, device: "virtio" as const, serial: "data" }];
  const guest = await startGuest({ disks, files: await collectorFiles(), forwardedPorts: [grpcPort] });
  try {
    const listen = `--listen 127.0.0.1:${httpPort} --grpc-listen 127.0.0.1:${grpcPort} --data-dir /mnt${dataFolder}`;
    await guest.run(
      `mount -t ext4 /dev/serial/data /mnt && cd /tmp && node /files/collector/dist/collector.cjs ${listen} >/tmp/log 2>&1 &`,
    );
    // The guest itself waits, and seldom looks: it has one slow processor, which the collector needs.
    const { stdout } = await guest.run(
      "until grep -q 'is listening' /tmp/log || ! pidof node >/dev/null; do sleep 0.3; done; cat /tmp/log",
    );
    if (readAddresses(stdout) === undefined) {
      throw new Error("the collector ended");
    }
    return { guest, grpcAddress: `127.0.0.1:${guest.hostPort(grpcPort)}` };
  } catch (error) {
    const { stdout } = await guest.run("cat /tmp/log; dmesg | tail -n 20");
    await guest[Symbol.asyncDispose]();
    throw new Error(`no collector in the guest:\n${stdout}`, { cause: error });
  }
}

/** The bundle and the one package outside of it, at the places where the bundle looks for it. */
async function collectorFiles(): Promise<readonly ImageFile[]> {
  const distFolder = dirname(collectorBundle);
  const sqliteFolder = await realpath(fileURLToPath(new URL("../node_modules/better-sqlite3", import.meta.url)));
  const bundles = (await readdir(distFolder)).filter((name) => name.endsWith(".cjs"));
  const library = (await readdir(join(sqliteFolder, "lib"), { recursive: true })).filter((name) => name.endsWith(".js"));
  const sqlite = ["package.json", `prebuilds/linux-${process.arch}.node`, ...library.map((name) => join("lib", name))];
  return [
    ...bundles.map((name) => ({ hostPath: join(distFolder, name), guestPath: `/collector/dist/${name}` })),
    ...sqlite.map((name) => ({
      hostPath: join(sqliteFolder, name),
      guestPath: `/collector/node_modules/better-sqlite3/${name}`,
    })),
  ];
}
