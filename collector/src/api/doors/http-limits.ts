/** How large and how slow a request may be, the same at every door. */
import type { ServerOptions } from "node:http";

/** What may be set. */
export interface HttpLimits {
  /** A request must have arrived within this time, body and all, or its connection is closed. */
  readonly requestTimeoutMs: number;
  /** How often that is looked after. */
  readonly connectionsCheckMs: number;
  /** A connection on which nothing moves for so long is closed: who does not take an answer does not hold it in our memory for ever. */
  readonly connectionTimeoutMs: number;
  /** Connections at the same time, a door. */
  readonly maximumConnections: number;
}

/** Limits without configuration. */
export const defaultHttpLimits: HttpLimits = {
  requestTimeoutMs: 10_000,
  connectionsCheckMs: 5_000,
  connectionTimeoutMs: 60_000,
  maximumConnections: 1024,
};

/** All headers of a request together. */
export const maximumHeaderBytes: number = 16 * 1024;

/** Proxies keep connections for some tens of seconds; it is for them to close one first. */
const keepAliveMs = 72_000;

/** Options of Node's servers. */
export function serverOptionsOf({ requestTimeoutMs, connectionsCheckMs }: HttpLimits): ServerOptions {
  return {
    maxHeaderSize: maximumHeaderBytes,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: connectionsCheckMs,
    keepAliveTimeout: keepAliveMs,
    requireHostHeader: false, // the guard asks for it, and says why
  };
}
