/** The machine is in its tailnet, and the cluster's nodes know it by its address there, where they know each other so. */
import { isIP } from "node:net";
import type { Tailscale } from "@nodekeeper/proto";
import { toldSubject } from "../../policy/facts/heard-probe.ts";
import { internalAddresses, isTailnetAddress } from "../../state/cluster/node-addresses.ts";
import { clusterNodeOf, hear, type Machine } from "../machine.ts";
import { evidenceOf, type Obstacle, places } from "../step.ts";
import { type Checked, unconcerned } from "./checked.ts";

/** A key that ended is in the way of every machine that has one; a daemon that is stopped only where the cluster talks by it. */
export function checkTailnet(machine: Machine): Checked {
  const heard = hear(machine, "tailscale");
  const isNeeded = machine.cluster.kind === "known" && machine.cluster.node !== undefined && machine.cluster.isOnTailnet;
  if (heard.kind === "unheard")
    return isNeeded ? { ...unconcerned, unknown: { text: heard.reason, probes: ["tailscale"] } } : unconcerned;
  const told = heard.kind === "heard" ? toldSubject(heard.probe, "tailscale")?.value : undefined;
  const self = told?.case === "tailscale" ? told.value : undefined;
  const down = self === undefined ? undefined : downOf(self, isNeeded);
  const off = isNeeded ? offTailnet(machine, self) : undefined;
  return {
    obstacles: [down, off].filter((obstacle) => obstacle !== undefined),
    evidence: evidenceOf({ tailnet_addresses: self?.addresses.join(", "), tailnet_name: self?.dnsName }),
  };
}

function downOf({ isKeyExpired, backendState }: Tailscale, isNeeded: boolean): Obstacle | undefined {
  const common = { on: places.node, probes: ["tailscale"] };
  if (isKeyExpired === true || backendState === "NeedsLogin")
    return {
      ...common,
      code: "key-expired",
      text:
        isKeyExpired === true
          ? "its key in the tailnet has expired: nobody reaches it there before somebody logs in on it"
          : "it is logged out of the tailnet: nobody reaches it there before somebody logs in on it",
      command: "tailscale up --force-reauth",
    };
  if (!isNeeded || backendState === "Running" || backendState === "Starting") return undefined;
  return {
    ...common,
    code: "tailscale-down",
    text: `Tailscale does not run on it (${backendState === "" ? "it does not say why" : backendState}), and the cluster talks by it`,
    command: backendState === "Stopped" ? "tailscale up" : "systemctl restart tailscaled && tailscale status",
  };
}

function offTailnet(machine: Machine, self: Tailscale | undefined): Obstacle | undefined {
  const object = clusterNodeOf(machine);
  const given = object === undefined ? [] : internalAddresses(object);
  if (given.length === 0) return undefined; // its kubelet gave none yet
  const own = (self?.addresses ?? [])
    .map((address) => address.toLowerCase())
    .filter((address) => isIP(address) !== 0 && isTailnetAddress(address)); // one of them becomes part of a command
  const onTailnet = given.filter(isTailnetAddress).map((address) => address.toLowerCase());
  if (onTailnet.length > 0 && (own.length === 0 || onTailnet.some((address) => own.includes(address)))) return undefined;
  const wanted = own.find((address) => !address.includes(":")) ?? own[0];
  const common = { code: "node-ip-off-tailnet", on: places.node, probes: ["tailscale", "kubernetes"] };
  const text = `the cluster knows it by ${given.join(", ")}, and its nodes know each other by Tailscale's addresses`;
  if (wanted === undefined) return { ...common, text: `${text}: it has none`, command: "tailscale up" };
  const settings = String.raw`node-ip: "${wanted}"\nflannel-iface: tailscale0\n`;
  return {
    ...common,
    text: `${text}: its own is ${wanted}`,
    command: `mkdir -p /etc/rancher/k3s/config.yaml.d && printf '${settings}' > /etc/rancher/k3s/config.yaml.d/90-tailnet.yaml && systemctl restart ${unitOf(machine)}`,
  };
}

function unitOf(machine: Machine): string {
  const heard = hear(machine, "kubernetes");
  const told = heard.kind === "heard" ? toldSubject(heard.probe, "k3s")?.value : undefined;
  const unit = told?.case === "k3s" ? told.value.unit : "";
  return /^(?:k3s|rke2)[\w@-]*\.service$/.test(unit) ? unit.replace(/\.service$/, "") : "k3s-agent";
}
