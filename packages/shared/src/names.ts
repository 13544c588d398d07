/** Every outward string that more than one package must agree on. */

/** Version of nodekeeper; equals the root package.json (a test holds them together). */
export const version = "0.1.0";

/** Revision of the wire protocol that this build speaks. */
export const wireVersion = 1;

/** The name that the collector's certificate bears in any case, so that agents may dial it by any address. */
export const collectorServerName = "nodekeeper-collector";

/** Ports of the listeners that others may reach, which are off unless they are configured. */
export const publicPorts = { http: 7070, grpc: 7071 } as const;

/** Where things listen without configuration. All loopback. */
export const defaultAddresses = {
  /** HTTP API, WebSocket and dashboard of the collector. */
  collectorHttp: "127.0.0.1:7060",
  /** gRPC for agents. */
  collectorGrpc: "127.0.0.1:7061",
  /** Health and metrics of the agent. */
  agentHealth: "127.0.0.1:7062",
  /** The same of `agent report`, which may run beside `agent probe`. */
  agentReportHealth: "127.0.0.1:7063",
} as const;
