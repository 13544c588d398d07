/** Pools of ZFS and filesystems of btrfs: whatever holds several devices together and says how they are. */
import type { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import type { Reading } from "../../../host/reading.ts";
import type { Section } from "../section.ts";
import { btrfsSections, type RawBtrfs, readBtrfs } from "./btrfs-pools.ts";
import { type RawZfsPool, readZfs, zfsSections } from "./zfs-pools.ts";

/** Both kinds; one is absent where the kernel does not have it. */
export interface RawPools {
  readonly zfs: Reading<readonly RawZfsPool[]>;
  readonly btrfs: Reading<readonly RawBtrfs[]>;
}

/** All pools of the machine. */
export interface StoragePools {
  readonly sections: readonly Section[];
  /** Why a pool may be missing here. */
  readonly incompleteBecause: AppError | undefined;
}

/** Reads both kinds; no program is run and no device opened. */
export async function readPools(host: Host): Promise<RawPools> {
  const [zfs, btrfs] = await Promise.all([readZfs(host), readBtrfs(host)]);
  return { zfs, btrfs };
}

/** All that could be listed. */
export function interpretPools({ zfs, btrfs }: RawPools): StoragePools {
  const failures = [zfs, btrfs].flatMap((reading) => (reading.outcome === "failed" ? [reading.error] : []));
  return {
    sections: [
      ...(zfs.outcome === "failed" ? [] : zfsSections(zfs)),
      ...(btrfs.outcome === "failed" ? [] : btrfsSections(btrfs)),
    ],
    incompleteBecause: failures[0],
  };
}
