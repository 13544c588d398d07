/**
 * The real tailscaled, and a tailnet for it: Tailscale's own control server for tests with a DERP relay (network/main.go), built from their Go
 * module. Both run in a network namespace of their own whose only interface is loopback: nothing that they send can leave it.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { builtGoProgram, goOutput } from "../support/go-program.ts";
import { findTool } from "../vm/tool.ts";

/** Where the programs lie. */
export interface TailscalePrograms {
  readonly daemon: string;
  readonly network: string;
}

const moduleFolder = join(import.meta.dirname, "network");
const daemonPackage = "tailscale.com/cmd/tailscaled";
const flags = ["-ldflags", "-s -w"];

/** Parts of the daemon that no test here needs; without them it is built in three quarters of the time. */
const omitted: readonly string[] = [
  ...[
    "acme",
    "aws",
    "bird",
    "captiveportal",
    "clientupdate",
    "cloud",
    "completion",
    "dbus",
    "drive",
    "iptables",
    "kube",
    "logtail",
  ],
  ...["networkmanager", "osrouter", "portmapper", "resolved", "serve", "ssh", "synology", "systray", "taildrop", "tap", "tpm"],
  ...["wakeonlan", "webbrowser", "webclient"],
];

/** Words before a command that is to run in a new network namespace. */
export const inNewNetwork: readonly [string, ...string[]] = ["unshare", "--map-root-user", "--net"];

/** Why no tailnet can be made here; undefined where it can. Builds what is not built: a program that does not compile is no such reason. */
export async function missingForTailscale(): Promise<string | undefined> {
  const missing = ["go", "unshare", "nsenter"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  const [command, ...argv] = inNewNetwork;
  if (spawnSync(command, [...argv, "true"]).status !== 0) return "this machine lets nobody make network namespaces";
  try {
    await tailscalePrograms();
    return undefined;
  } catch {
    return await missingForBuild();
  }
}

/** A Go that is too old, or modules that cannot be had. */
async function missingForBuild(): Promise<string | undefined> {
  try {
    await goOutput(["list", "-deps", ".", daemonPackage], moduleFolder);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Builds what is not built. Two minutes of two cores where nothing was built before. */
export async function tailscalePrograms(): Promise<TailscalePrograms> {
  const tags = ["-tags", omitted.map((feature) => `ts_omit_${feature}`).join(",")];
  // One after the other: the compiler uses all cores for either.
  const network = await builtGoProgram({ name: "tailnet", moduleFolder, package: ".", flags: [...flags, ...tags] });
  const daemon = await builtGoProgram({
    ...{ name: "tailscaled", moduleFolder, package: daemonPackage },
    flags: [...flags, ...tags],
  });
  return { daemon, network };
}
