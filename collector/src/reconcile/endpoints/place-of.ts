/** Where a server is, as an EndpointSlice can say it: an address and nothing else. Pure. */
import { BlockList, isIP } from "node:net";
import { servicePort } from "./names.ts";

/** It, or why it cannot be said. */
export type Place =
  | { readonly kind: "address"; readonly address: string }
  /** In a sentence, for people. */
  | { readonly kind: "left-out"; readonly reason: string };

/** From a server's URL. */
export function placeOf(url: string): Place {
  const { protocol, hostname, port } = new URL(url);
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) === 0) return leftOut(`${url} has a name, and a Service leads to IP addresses only: say its address instead`);
  if (protocol !== "http:") return leftOut(`${url} speaks TLS, and who asks the Service speaks plain HTTP`);
  if (port !== String(servicePort)) return leftOut(`${url} is not on the port ${servicePort}, to which the Service leads`);
  if (refused.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"))
    return leftOut(`${address} is reached from its own machine or cable only, and Kubernetes takes no such address`);
  return { kind: "address", address };
}

/** What the API server takes in no EndpointSlice (ValidateEndpointIP). */
const refused = new BlockList();
refused.addSubnet("0.0.0.0", 32, "ipv4");
refused.addSubnet("127.0.0.0", 8, "ipv4");
refused.addSubnet("169.254.0.0", 16, "ipv4");
refused.addSubnet("224.0.0.0", 24, "ipv4");
refused.addAddress("::", "ipv6");
refused.addAddress("::1", "ipv6");
refused.addSubnet("fe80::", 10, "ipv6");
refused.addSubnet("ff02::", 16, "ipv6");

function leftOut(reason: string): Place {
  return { kind: "left-out", reason };
}
