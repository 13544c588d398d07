/**
 * What a request shows as proof of who asks, before anybody looks whether it is good. A header that stands twice is refused: where a proxy adds
 * its own to what a client sent, nobody could tell whose is whose.
 */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { AppError } from "@nodekeeper/shared";
import { isPersonName } from "./person-name.ts";

/** All values of each header. */
export type Headers = IncomingMessage["headersDistinct"];

/** What a proxy says in plain words. */
export interface PlainWord {
  readonly username: string;
  readonly groups: readonly string[];
  /** By which the proxy proves itself; empty without one. */
  readonly secret: string;
}

/** The header in which a proxy shows that it is ours. */
const proxySecretHeader = "x-nodekeeper-proxy-secret";

const jwtHeader = "x-authentik-jwt";
const usernameHeader = "x-authentik-username";
const groupsHeader = "x-authentik-groups";
/** Longer than any list of groups. */
const maximumGroupsLength = 8192;

/** The token of the API; undefined where there is none. Other schemes of Authorization are a proxy's own matter. */
export function shownBearer(headers: Headers): string | undefined {
  const given = single(headers, "authorization") ?? "";
  const [, text] = /^bearer +(\S+) *$/i.exec(given) ?? [];
  if (text === undefined && /^bearer\b/i.test(given)) throw refused("Authorization: Bearer is not followed by one token");
  return text;
}

/** The login's signed word, as a proxy adds it. */
export function shownJwt(headers: Headers): string | undefined {
  return single(headers, jwtHeader) || undefined;
}

/** Whether there are plain words about a person. */
export function hasPlainWord(headers: Headers): boolean {
  return headers[usernameHeader] !== undefined || headers[groupsHeader] !== undefined;
}

/** The proxy's plain words; undefined where they name nobody. Authentik parts groups by a bar. */
export function shownPlainWord(headers: Headers): PlainWord | undefined {
  const username = asUtf8(single(headers, usernameHeader) ?? "");
  const groups = asUtf8(single(headers, groupsHeader) ?? "");
  const secret = single(headers, proxySecretHeader) ?? "";
  if (username === "") return undefined;
  if (!isPersonName(username)) throw refused("X-Authentik-Username is not the name of a person");
  if (groups.length > maximumGroupsLength) throw refused("X-Authentik-Groups is too long");
  return { username, groups: groups.split("|").filter((group) => group !== ""), secret };
}

/** An identity that is not taken. */
export function refused(message: string): AppError {
  return new AppError("IDENTITY_REFUSED", message);
}

/** Node reads each byte of a header as a character of Latin-1, and proxies write UTF-8. What is not UTF-8 was Latin-1. */
function asUtf8(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}

function single(headers: Headers, name: string): string | undefined {
  const values = headers[name] ?? [];
  if (values.length <= 1) return values[0];
  throw refused(`the header ${name} stands ${values.length} times: the proxy must drop what clients send under this name`);
}
