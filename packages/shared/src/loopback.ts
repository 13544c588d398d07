/** Until agents can prove who they are, everything listens on and connects to this machine only. */
import { isIPv4 } from "node:net";
import { type Address, addressOption, type Option, type OptionSpec } from "./config/option.ts";

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** An address option that takes only addresses of this machine, and says why. */
export function loopbackOption(spec: OptionSpec): Option<Address> {
  const option = addressOption(spec);
  return {
    ...option,
    parse(texts) {
      const address = option.parse(texts);
      if (isLoopback(address.host)) return address;
      throw new Error(
        `expected an address of this machine alone (127.0.0.1, ::1), got ${address.host}: TLS and identity come first`,
      );
    },
  };
}
