/**
 * A mount and PID namespace of its own, in which an agent sees the disks of a recorded Raspberry Pi and a FUSE mount that never answers. What is
 * mounted there is seen nowhere else, and everything in it ends with the process that started it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryPath } from "../e2e/installation.ts";

/** A script for it and its arguments. */
export interface NamespaceScript {
  /** Where the mount point "silent" is. */
  readonly folder: string;
  /** Shell, run once the mounts are there; $@ are `argv`. */
  readonly script: string;
  readonly argv: readonly string[];
}

const unshareArguments = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** PID 1 of the namespace; the server of the mount is its child. */
const mounts = `
set -e
folder=$1; node=$2; server=$3; shift 3
mkdir -p "$folder/silent"
"$node" "$server" "$folder/silent" >"$folder/server.log" &
until grep -q mounted "$folder/server.log"; do sleep 0.1; kill -0 $!; done
mount --bind ${repositoryPath("test/fixtures/hosts/bobcat/sys")} /sys
`;

/** Why there can be none here, in words; undefined when there can. */
export function missingForNamespace(): string | undefined {
  if (!existsSync("/dev/fuse")) return "this kernel has no FUSE";
  const { status } = spawnSync("unshare", [...unshareArguments, "true"], { stdio: "ignore" });
  return status === 0 ? undefined : "namespaces and mounts need root";
}

/** The command line that makes the namespace and runs the script in it. */
export function namespaceCommand({ folder, script, argv }: NamespaceScript): readonly [string, ...string[]] {
  const server = join(import.meta.dirname, "silent-fuse.ts");
  return ["unshare", ...unshareArguments, "sh", "-c", mounts + script, "sh", folder, process.execPath, server, ...argv];
}
