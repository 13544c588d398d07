/**
 * The interface that K3s was told to let flannel use. Its configuration also holds the cluster's token, so of each file only that one word is
 * taken: nothing else of it is seen, sent or recorded. Options on the command line win over files, and later files over earlier ones.
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";

/** Reads what K3s's files say, the one that wins last. */
export async function readFlannelConfiguration(host: Host): Promise<readonly Reading[]> {
  const dropIns = await readNames(host, dropInFolder);
  const names = dropIns.outcome === "ok" ? dropIns.value.filter((name) => /\.ya?ml$/.test(name)).slice(0, maximumDropIns) : [];
  const paths = ["/etc/rancher/k3s/config.yaml", ...names.map((name) => `${dropInFolder}/${name}`), ...units];
  return await Promise.all(paths.map((path) => readFile(host, path, { keep: keepFlannelInterface })));
}

/** The name that the files give; empty where none does. A file that may not be read says nothing. */
export function configuredInterface(readings: readonly Reading[]): string {
  return readings.reduce((name, reading) => (reading.outcome === "ok" ? interfaceIn(reading.value) || name : name), "");
}

/** `flannel-iface: NAME` of a YAML file, or --flannel-iface of a systemd unit as K3s's installer writes it, as the former; else nothing. */
export function keepFlannelInterface(text: string): string {
  const name = interfaceIn(text);
  return name === "" ? "" : `flannel-iface: ${name}\n`;
}

const dropInFolder = "/etc/rancher/k3s/config.yaml.d";
const maximumDropIns = 32;
const units = ["/etc/systemd/system/k3s.service", "/etc/systemd/system/k3s-agent.service"];

/** Names of interfaces have at most 15 characters; those with other characters than these nobody configures. */
const key = /^["']?flannel-iface["']?[ \t]*:[ \t]*["']?([\w.-]{1,15})["']?[ \t]*(?:#.*)?\r?$/m;
const flag = /--flannel-iface(?:=|['"]?[\s\\]+)['"]?([\w.-]{1,15})(?:['"\s\\]|$)/;

function interfaceIn(text: string): string {
  return key.exec(text)?.[1] ?? flag.exec(text)?.[1] ?? "";
}
