/** What is asked of an API server and what it answers, before anything is made of it. */

/** A request. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the root, e.g. /api/v1/nodes?limit=500. */
  readonly path: string;
  /** JSON. */
  readonly body?: object;
  /** What the body is; application/json where it is not said. */
  readonly contentType?: string;
}

/** An answer, whatever it says. */
export interface ApiAnswer {
  readonly status: number;
  /** Header Retry-After, as it is. */
  readonly retryAfter?: string | undefined;
  readonly text: string;
}

/** An answer whose body comes bit by bit. Whoever got it reads it to its end, or stops reading it. */
export interface ApiStream extends Omit<ApiAnswer, "text"> {
  /** Throws what fetch throws where the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The way to one API server. */
export interface Transport extends AsyncDisposable {
  /** Throws what fetch throws where nothing is answered. */
  send(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer>;
  /** The same for an answer that lasts. The signal ends also what is still to come of it. */
  stream(request: ApiRequest, signal: AbortSignal): Promise<ApiStream>;
}
