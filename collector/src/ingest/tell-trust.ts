/** Trust, as the wire says it. */
import { create } from "@bufbuild/protobuf";
import { type ConnectResponse, TrustSchema } from "@nodekeeper/proto";
import type { TrustSource, TrustTold } from "../tls/trust.ts";
import { response } from "./wire.ts";

/** Tells an agent whom to trust, now and whenever it changes, until it is disposed. */
export function tellTrust(trust: TrustSource, send: (message: ConnectResponse) => void): Disposable {
  if (trust.current !== undefined) send(trustMessage(trust.current));
  return trust.onChanged((told) => send(trustMessage(told)));
}

function trustMessage({ caCertificates, addresses, serverName }: TrustTold): ConnectResponse {
  const value = create(TrustSchema, { caCertificates: [...caCertificates], addresses: [...addresses], serverName });
  return response({ case: "trust", value });
}
