/** Calls the collector's API. For the CLI; the dashboard talks to its own origin. */
import { AppError } from "../errors.ts";
import type { ChangeList } from "./change.ts";
import type { FindingList } from "./finding.ts";
import type { NodeDetail, NodeHealth, NodeList } from "./node.ts";
import type { Problem } from "./problem.ts";

/** The calls that the CLI needs. Every one throws AppError: PEER_UNREACHABLE, NOT_FOUND, REQUEST_INVALID or PEER_REFUSED. */
export interface ApiClient {
  nodes(signal: AbortSignal): Promise<NodeList>;
  node(name: string, signal: AbortSignal): Promise<NodeDetail>;
  health(name: string, signal: AbortSignal): Promise<NodeHealth>;
  findings(options: FindingsOptions, signal: AbortSignal): Promise<FindingList>;
  changes(options: ChangesOptions, signal: AbortSignal): Promise<ChangeList>;
}

/** Which findings. */
export interface FindingsOptions {
  readonly node?: string;
  readonly includeResolved: boolean;
}

/** Which changes. */
export interface ChangesOptions {
  readonly node?: string;
  readonly limit: number;
}

/** A client of the collector at a base URL such as http://127.0.0.1:7060. */
export function createApiClient(baseUrl: URL, timeoutMs: number): ApiClient {
  const get = <Body>(path: string, signal: AbortSignal): Promise<Body> =>
    getJson<Body>(new URL(path, baseUrl), timeoutMs, signal);
  return {
    nodes: (signal) => get("/api/v1/nodes", signal),
    node: async (name, signal) => get(nodePath(name), signal),
    health: async (name, signal) => get(`${nodePath(name)}/health`, signal),
    findings: ({ node, includeResolved }, signal) => {
      const query = new URLSearchParams({
        ...(node === undefined ? {} : { node }),
        state: includeResolved ? "pending,firing,resolved" : "pending,firing",
      });
      return get(`/api/v1/findings?${query}`, signal);
    },
    changes: async ({ node, limit }, signal) => {
      const path = node === undefined ? "/api/v1/changes" : `${nodePath(node)}/changes`;
      return get(`${path}?limit=${limit}`, signal);
    },
  };
}

/** A URL takes "." and ".." for steps, escaped or not: it would lead to something else than a node. */
function nodePath(name: string): string {
  if (name === "." || name === "..") throw new AppError("NOT_FOUND", `there is no node "${name}"`);
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}

async function getJson<Body>(url: URL, timeoutMs: number, signal: AbortSignal): Promise<Body> {
  const response = await send(url, timeoutMs, signal);
  if (!response.ok) throw await refusal(url, response);
  try {
    return (await response.json()) as Body; // our own collector's answer, of the same version or a compatible one
  } catch (cause) {
    throw new AppError("PEER_REFUSED", `${url.origin} answered with something that is not JSON: is it a nodekeeper collector?`, {
      cause,
    });
  }
}

async function send(url: URL, timeoutMs: number, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: { accept: "application/json" },
    });
  } catch (cause) {
    if (signal.aborted) throw AppError.from(cause);
    const reason =
      cause instanceof Error && cause.name === "TimeoutError"
        ? `no answer within ${timeoutMs / 1000} s`
        : "nothing answers there";
    const advice = "Start one with `npm start`, or name another with --collector URL.";
    throw new AppError("PEER_UNREACHABLE", `cannot reach the collector at ${url.origin}: ${reason}. ${advice}`, { cause });
  }
}

async function refusal(url: URL, response: Response): Promise<AppError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const detail = problem.detail ?? `${url.origin} answered ${response.status} to ${url.pathname}`;
  if (response.status === 404) return new AppError("NOT_FOUND", detail);
  return new AppError(response.status === 400 ? "REQUEST_INVALID" : "PEER_REFUSED", detail);
}
