/** The way to a collector, as whoever brings it makes it. */

/** A request. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** Sent as JSON; undefined: none. */
  readonly body?: unknown;
  /** The collector may take as long as it needs until it answers. */
  readonly isLong?: boolean;
}

/** An answer. */
export interface ApiResponse {
  readonly status: number;
  readonly text: string;
}

/** The way to a collector. */
export interface ApiTransport {
  /** Where it is, for messages. */
  readonly place: string;
  /** Throws PEER_UNREACHABLE or TLS_UNTRUSTED. */
  send(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse>;
}
