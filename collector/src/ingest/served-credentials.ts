/**
 * What grpc-js serves TLS with: a certificate that can be replaced while streams are open, and limits for clients that mean harm. grpc-js hands
 * these options through to Node's http2 and offers no other way to set them.
 */
import type { SecureServerOptions } from "node:http2";
import { ServerCredentials } from "@grpc/grpc-js";
import { handshakeTimeoutMs, secureContextOptions } from "../tls/secure-context.ts";
import type { TlsMaterial } from "../tls/tls-source.ts";

/** An agent needs one stream at a time, and another while it replaces the first. */
export const streamsPerConnection = 4;

const limits: SecureServerOptions = {
  handshakeTimeout: handshakeTimeoutMs,
  unknownProtocolTimeout: 1_000,
  settings: {
    maxConcurrentStreams: streamsPerConnection,
    maxHeaderListSize: 32 * 1024, // a credential has at most 16 KiB; nghttp2 itself takes no head above 64 KiB
    enablePush: false,
    // What an agent may have sent that was not read, while the store is behind: thousands of them must fit into memory.
    initialWindowSize: 32 * 1024,
  },
  maxHeaderListPairs: 64,
  maxSettings: 32,
  maxOutstandingPings: 4,
  maxSessionInvalidFrames: 10,
  maxSessionRejectedStreams: 20,
  // Rapid reset: an agent opens a stream and keeps it.
  streamResetBurst: 50,
  streamResetRate: 5,
};

/** Credentials of a listener. */
export class ServedCredentials extends ServerCredentials {
  constructor(material: TlsMaterial) {
    super(limits, secureContextOptions(material));
  }

  /** Handshakes from now on see this certificate; open connections stay as they are. */
  replace(material: TlsMaterial): void {
    this.updateSecureContextOptions(secureContextOptions(material));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
