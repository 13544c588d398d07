/** How the collector may be called at each door. A page that reached us by DNS rebinding calls us by its own name, and is turned away. */
import { isIPv4, isIPv6 } from "node:net";
import type { OwnNames } from "./door.ts";

/** Loopback names with the door's port. */
export function loopbackNames(host: string, port: number): OwnNames {
  const names = ["localhost", "127.0.0.1", "[::1]", bracketed(host)];
  const authorities = new Set(names.map((name) => `${name}:${port}`));
  if (port === 80) for (const name of names) authorities.add(name); // clients leave the default port out
  return {
    isOwn: (called) => authorities.has(called),
    originOf: (called) => `http://${called}`,
    told: [...authorities].join(", "),
  };
}

/**
 * The public names, with any port: what stands before us (an ingress on 443, a Service, a forwarded port) may have another, and nobody else can
 * make a browser call us by these names. Localhost too, for a look from the machine itself, and every address: rebinding takes a name, and who
 * calls by an address (a kubelet that asks whether we are well) has reached whom it called.
 */
export function publicNames(names: readonly string[]): OwnNames {
  const own = new Set([...names.map(bracketed), "localhost"]);
  return {
    isOwn(called) {
      const host = called.replace(/:\d{1,5}$/, "");
      return own.has(host) || isIPv4(host) || (host.startsWith("[") && host.endsWith("]") && isIPv6(host.slice(1, -1)));
    },
    originOf: (called) => `https://${called}`,
    told: `${[...own].join(", ")}, or an address`,
  };
}

/** At the proxy's door any name: its secret says who calls. The scheme is what the person's browser used. */
export const proxyNames: OwnNames = {
  isOwn: () => true,
  originOf: (called, forwardedProtocol) => `${forwardedProtocol === "http" ? "http" : "https"}://${called}`,
  told: "any name",
};

/** At the admin socket any name, and no browser. */
export const socketNames: OwnNames = { isOwn: () => true, originOf: () => undefined, told: "any name" };

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
