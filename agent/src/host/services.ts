/**
 * The services on this machine that the agent may speak with, where they listen, and the only questions that each may be asked: all of them
 * read, save Tailscale's ping, which is the daemon's own. Nothing else can be said, whatever a probe would like.
 */

/** A question to a service. */
export type ServiceRequest = TailscaleRequest | OllamaRequest;

/** Asked at the daemon's own socket, which lies under the host's root. */
export type TailscaleRequest =
  | { readonly service: "tailscale"; readonly question: "status" }
  /** Notifications of the daemon, one JSON object a line, without an end: for `follow`. */
  | { readonly service: "tailscale"; readonly question: "watch" }
  /** Ping of a peer on the way that its packets go ("disco"); `address` is one of its Tailscale addresses. */
  | { readonly service: "tailscale"; readonly question: "ping"; readonly address: string };

/** Asked at an address of this machine. */
export type OllamaRequest =
  | { readonly service: "ollama"; readonly at: ServiceAddress; readonly question: "version" | "tags" | "ps" }
  | { readonly service: "ollama"; readonly at: ServiceAddress; readonly question: "show"; readonly model: string };

/** Where a service listens. */
export interface ServiceAddress {
  /** An IP address of this machine, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** How a service is asked. */
export interface ServiceOptions {
  /** After this the call has failed with PEER_UNREACHABLE. */
  readonly timeoutMs: number;
  /** A longer answer is HOST_OUTPUT_TOO_LARGE. Default 1 MiB. */
  readonly maximumBytes?: number;
  /** What is taken of an answer that also holds what is not ours to know; as ReadOptions.keep. */
  readonly keep?: (text: string) => string;
  readonly signal: AbortSignal;
}

/** How an answer without an end is read. */
export interface FollowOptions {
  /** Each line without its end. A line over 1 MiB ends the call with HOST_OUTPUT_TOO_LARGE. */
  readonly onLine: (line: string) => void;
  /** After this without a connection the call has failed with PEER_UNREACHABLE; afterwards it may be silent for ever. */
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a service answered. */
export interface ServiceAnswer {
  /** Of HTTP. */
  readonly status: number;
  readonly text: string;
}

/** One key for one question, for recordings and for tests. */
export function serviceKey(request: ServiceRequest): string {
  switch (request.question) {
    case "ping":
      return `${request.service} ping ${request.address}`;
    case "show":
      return `${request.service} show ${request.model}`;
    default:
      return `${request.service} ${request.question}`;
  }
}
