/**
 * What is sent for each question to a service, and where. Sources: tailscale `ipn/localapi`, `ipn/backend.go` and `safesocket`; ollama `docs/api.md`.
 * A value that does not fit is never sent.
 */
import { BlockList, isIP } from "node:net";
import { AppError } from "@nodekeeper/shared";
import type { OllamaRequest, ServiceRequest, TailscaleRequest } from "./services.ts";

/** One HTTP request, and where it goes. */
export interface ServiceCall {
  /** For messages, e.g. "ask tailscale for its status". */
  readonly what: string;
  readonly to: ServicePlace;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly host: string;
  /** JSON. */
  readonly body?: string;
}

/** A socket at one of these host paths, or an address. */
export type ServicePlace =
  | { readonly kind: "socket"; readonly paths: readonly string[] }
  | { readonly kind: "address"; readonly address: string; readonly port: number };

/** The call of a question. Throws INTERNAL where a value does not fit: a bug of ours, or somebody else's words in our request. */
export function serviceCall(request: ServiceRequest): ServiceCall {
  return request.service === "tailscale" ? tailscaleCall(request) : ollamaCall(request);
}

/** Where tailscaled listens: as packages start it, and as the snap does. */
const tailscaleSockets: readonly string[] = [
  "/run/tailscale/tailscaled.sock",
  "/var/run/tailscale/tailscaled.sock",
  "/var/snap/tailscale/common/socket/tailscaled.sock",
];

/** The daemon refuses any other, as a web page would send it. */
const tailscaleHost = "local-tailscaled.sock";

/**
 * NotifyInitialState, NotifyNoPrivateKeys (without it older daemons refuse all but root), NotifyInitialHealthState, NotifyPeerChanges and
 * NotifyPeerPatches: without these two a newer daemon on Linux says nothing of peers. Not NotifyInitialNetMap: the status tells the same in
 * less. Changes of state, preferences and health come unasked; a daemon leaves out what it does not know.
 */
const watchMask = (1 << 1) | (1 << 4) | (1 << 7) | (1 << 12) | (1 << 15);

function tailscaleCall(request: TailscaleRequest): ServiceCall {
  const to: ServicePlace = { kind: "socket", paths: tailscaleSockets };
  const get = (what: string, path: string): ServiceCall => ({ what, to, method: "GET", path, host: tailscaleHost });
  switch (request.question) {
    case "status":
      return get("ask tailscale for its status", "/localapi/v0/status");
    case "watch":
      return get("watch tailscale", `/localapi/v0/watch-ipn-bus?mask=${watchMask}`);
    case "ping": {
      if (!isTailscaleAddress(request.address)) throw doesNotFit("tailscale", "the address", request.address);
      const path = `/localapi/v0/ping?ip=${encodeURIComponent(request.address)}&type=disco`;
      return { ...get("ask tailscale for a ping", path), method: "POST" };
    }
  }
}

function ollamaCall(request: OllamaRequest): ServiceCall {
  const { address, port } = request.at;
  const family = isAddress(address) ? isIP(address) : 0;
  if (family === 0) throw doesNotFit("ollama", "the address", address);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw doesNotFit("ollama", "the port", String(port));
  const host = family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  const at = { to: { kind: "address", address, port }, host } as const;
  const what = `ask ollama at ${host} for`;
  switch (request.question) {
    case "version":
      return { what: `${what} its version`, ...at, method: "GET", path: "/api/version" };
    case "tags":
      return { what: `${what} its models`, ...at, method: "GET", path: "/api/tags" };
    case "ps":
      return { what: `${what} its loaded models`, ...at, method: "GET", path: "/api/ps" };
    case "show": {
      if (!modelName.test(request.model)) throw doesNotFit("ollama", "the model's name", request.model);
      const body = JSON.stringify({ model: request.model });
      return { what: `${what} the model ${request.model}`, ...at, method: "POST", path: "/api/show", body };
    }
  }
}

/** [host[:port]/][namespace/]model[:tag], as ollama's types/model/name.go takes it. */
const modelName = /^[A-Za-z0-9][\w.:/@+-]{0,349}$/;

/** Where Tailscale's own addresses lie. */
const tailscaleAddresses = new BlockList();
tailscaleAddresses.addSubnet("100.64.0.0", 10, "ipv4");
tailscaleAddresses.addSubnet("fd7a:115c:a1e0::", 48, "ipv6");

function isTailscaleAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !address.includes("%") && tailscaleAddresses.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Nobody's and everybody's, at which no single service listens. */
const noAddresses = new BlockList();
noAddresses.addSubnet("0.0.0.0", 8, "ipv4");
noAddresses.addSubnet("224.0.0.0", 3, "ipv4");
noAddresses.addAddress("::", "ipv6");
noAddresses.addSubnet("ff00::", 8, "ipv6");

function isAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !address.includes("%") && !noAddresses.check(address, family === 6 ? "ipv6" : "ipv4");
}

function doesNotFit(service: string, what: string, value: string): AppError {
  return new AppError("INTERNAL", `${service} may not be asked: ${what} does not fit: ${JSON.stringify(value.slice(0, 100))}`);
}
