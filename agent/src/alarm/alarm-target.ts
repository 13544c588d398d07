/** Where people are told, from a file that somebody else writes. Neither its address nor its token is ever part of a message. */
import { AppError } from "@nodekeeper/shared";
import { readPrivateFile } from "../access/read-private-file.ts";

/** It. */
export interface AlarmTarget {
  readonly url: URL;
  /** Value of the header Authorization; undefined: none is needed. */
  readonly authorization: string | undefined;
}

const maximumBytes = 4_096;

/** Reads it. Throws CONFIG_INVALID, in words that quote nothing of it. */
export function readAlarmTarget(path: string): AlarmTarget {
  let text: string;
  try {
    text = readPrivateFile(path, maximumBytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("CONFIG_INVALID", `the alarm's address in ${path} cannot be read: ${why}`, { cause });
  }
  const [address = "", token, ...more] = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const url = URL.parse(address);
  if (url === null || !["http:", "https:"].includes(url.protocol) || more.length > 0)
    throw invalid(path, "its first line is to be a URL with http or https, its second one a token or nothing");
  if (token !== undefined && !/^[\x21-\x7e]{1,2048}$/.test(token)) throw invalid(path, "its second line is no token");
  const login = url.username === "" ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  if (login !== undefined && token !== undefined) throw invalid(path, "it has a login in the URL and a token: one is enough");
  // fetch refuses addresses with a login in them.
  url.username = "";
  url.password = "";
  if (login !== undefined) return { url, authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  return { url, authorization: token === undefined ? undefined : `Bearer ${token}` };
}

function invalid(path: string, why: string): AppError {
  return new AppError("CONFIG_INVALID", `the alarm's address in ${path} cannot be used: ${why}`);
}
