/** The folders of the machines, as Longhorn's manager finds them: which filesystem is behind each, and which disk of Longhorn says it is there. */
import { createHash } from "node:crypto";

/** A folder that somebody wants to be a disk. */
export interface HostFolder {
  /** As statfs says it, hex: two folders with the same one are on one filesystem. */
  readonly fsid: string;
  readonly maximumBytes: number;
  readonly availableBytes: number;
  /** From longhorn-disk.cfg; undefined: there is no such file. */
  readonly uuid: string | undefined;
}

/** Those of all machines. Slashes at the end of a path do not count. */
export interface HostFolders {
  /** Undefined: there is no such folder. /var/lib/longhorn is everywhere, on the filesystem of the root. */
  at(node: string, path: string): HostFolder | undefined;
  /** A filesystem of its own is mounted there; by default an empty one of 1 TB. */
  mount(node: string, path: string, folder?: Partial<HostFolder>): void;
  /** The folder stays, empty, on the filesystem of the root. */
  unmount(node: string, path: string): void;
  remove(node: string, path: string): void;
  /** Its disk is used for the first time: longhorn-disk.cfg is written. Gives the UUID. */
  adopt(node: string, path: string): string;
}

/** All machines are new. */
export function createHostFolders(onChanged: (node: string) => void): HostFolders {
  const known = new Map<string, HostFolder | undefined>();
  const keyOf = (node: string, path: string): string => `${node}:${path.replace(/(.)\/+$/, "$1")}`;
  const put = (node: string, path: string, folder: HostFolder | undefined): void => {
    known.set(keyOf(node, path), folder);
    onChanged(node);
  };
  const rootFolder = (node: string): HostFolder => ({ ...newFolder, fsid: digest(`${node}:/`, 16) });
  const at: HostFolders["at"] = (node, path) => {
    const key = keyOf(node, path);
    return known.has(key) || key !== keyOf(node, defaultPath) ? known.get(key) : rootFolder(node);
  };
  return {
    at,
    mount(node, path, folder = {}) {
      put(node, path, { ...newFolder, fsid: digest(keyOf(node, path), 16), ...folder });
    },
    unmount: (node, path) => put(node, path, rootFolder(node)),
    remove: (node, path) => put(node, path, undefined),
    adopt(node, path) {
      const hex = digest(`${keyOf(node, path)} uuid`, 32);
      const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
      known.set(keyOf(node, path), { ...(at(node, path) ?? rootFolder(node)), uuid });
      return uuid;
    },
  };
}

const defaultPath = "/var/lib/longhorn";
const newFolder = { maximumBytes: 1_000_000_000_000, availableBytes: 900_000_000_000, uuid: undefined };

function digest(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}
