/** Calls one operation of the API, typed by what its document says (gen/operations.ts). */
import { AppError } from "../errors.ts";
import { type Operations, operations } from "./gen/operations.ts";
import { refusalOf } from "./refusal.ts";
import type { ApiRequest, ApiResponse, ApiTransport } from "./transport.ts";

/** What an operation must be given: its path, query and body, as far as it has them. */
export type CallGiven<Name extends keyof Operations> = Needed<"path", Operations[Name]["path"]> &
  Wanted<"query", Operations[Name]["query"]> &
  Needed<"body", Operations[Name]["body"]> & {
    /** The collector may take as long as it needs until it answers. */
    readonly isLong?: boolean;
  };

/** Calls one. Throws AppError: what the collector answered, PEER_UNREACHABLE or PEER_REFUSED. */
export type Call = <Name extends keyof Operations>(
  name: Name,
  given: CallGiven<Name>,
  signal: AbortSignal,
) => Promise<Operations[Name]["answer"]>;

type Needed<Key extends string, Value> = Value extends undefined ? unknown : { readonly [Name in Key]: Value };
type Wanted<Key extends string, Value> = Value extends undefined
  ? unknown
  : Partial<Value> extends Value
    ? { readonly [Name in Key]?: Value }
    : { readonly [Name in Key]: Value };

/** What is given, whatever the operation. */
interface AnyGiven {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly isLong?: boolean;
}

/** Calls the collector to which the transport leads. */
export function createCall(transport: ApiTransport): Call {
  return async (name, given, signal) => {
    const request = requestOf(name, given);
    const response = await transport.send(request, signal);
    if (response.status >= 300) throw refusalOf(transport.place, request, response);
    return bodyOf(transport.place, response);
  };
}

function requestOf(name: keyof Operations, { path = {}, query = {}, body, isLong }: AnyGiven): ApiRequest {
  const { method, path: template } = operations[name];
  const where = template.replace(/\{(\w+)\}/g, (_, key: string) => segment(String(path[key] ?? "")));
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.set(key, String(value)); // a list has commas
  const asked = parameters.size === 0 ? where : `${where}?${parameters}`;
  return { method, path: asked, ...(body === undefined ? {} : { body }), ...(isLong === true ? { isLong } : {}) };
}

function bodyOf<Body>(place: string, { text }: ApiResponse): Body {
  try {
    return JSON.parse(text) as Body; // our own collector's answer, of the same version or a compatible one
  } catch (cause) {
    throw new AppError("PEER_REFUSED", `${place} answered with something that is not JSON: is it a nodekeeper collector?`, {
      cause,
    });
  }
}

/** A URL takes "." and ".." for steps, escaped or not: it would lead to something else than a node. */
function segment(name: string): string {
  if (name === "." || name === "..") throw new AppError("NOT_FOUND", `there is no node "${name}"`);
  return encodeURIComponent(name);
}
