/**
 * How the CLI gets to a collector. The rule: to the one that is named (--collector or --socket), else to this machine's, by its admin socket where
 * that may be opened, which needs no login and may do everything, else by its loopback address, where everybody of this machine may read.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import {
  AppError,
  defaultAddresses,
  isLoopback,
  type Option,
  optionalOption,
  stringOption,
  systemErrorCode,
  type ValuesOf,
} from "@nodekeeper/shared";

/** A way. */
export type Way =
  | { readonly kind: "socket"; readonly path: string }
  | {
      readonly kind: "url";
      readonly url: URL;
      /** Shown as who asks; undefined: nothing is shown. */
      readonly token: string | undefined;
      /** PEM of the authorities to trust in place of the system's. */
      readonly ca: string | undefined;
      /** The admin socket of this machine, where it is there and may not be opened. */
      readonly closedSocket: string | undefined;
    };

/** What a command line says of the way. */
export type ConnectionOptions = Readonly<
  Record<"collector" | "socket" | "token" | "tokenFile" | "caFile", Option<string | undefined>>
>;

/** Where a collector without configuration has its admin socket. */
export const defaultSocket: string = "/var/lib/nodekeeper/collector/admin.sock";

/** Options of every command that asks a collector. */
export const connectionOptions: ConnectionOptions = {
  collector: optionalOption(
    stringOption({ description: "the collector's address", placeholder: "URL" }),
    `this machine's, by its admin socket where that may be opened, else http://${defaultAddresses.collectorHttp}`,
  ),
  socket: optionalOption(
    stringOption({ description: "its admin socket, in place of an address", placeholder: "PATH" }),
    defaultSocket,
  ),
  token: optionalOption(
    stringOption({
      description: "API token; all users of this machine see it meanwhile (ps), so rather use the next one",
      placeholder: "TOKEN",
    }),
  ),
  tokenFile: optionalOption(stringOption({ description: "file that holds an API token", placeholder: "FILE" })),
  caFile: optionalOption(
    stringOption({ description: "certificates (PEM) to trust for https, as `authority --pem` prints them", placeholder: "FILE" }),
    "the system's",
  ),
};

/** Finds the way. Throws CONFIG_INVALID. */
export async function findWay(given: ValuesOf<ConnectionOptions>, homeSocket: string = defaultSocket): Promise<Way> {
  const { collector, socket, token, tokenFile, caFile } = given;
  if (collector !== undefined && socket !== undefined)
    throw new AppError("CONFIG_INVALID", "give --collector or --socket, not both");
  if (token !== undefined && tokenFile !== undefined)
    throw new AppError("CONFIG_INVALID", "give --token or --token-file, not both");
  if (socket !== undefined) return { kind: "socket", path: socket };
  const shown = readToken(token, tokenFile);
  const ca = caFile === undefined ? undefined : readText("--ca-file", caFile);
  if (collector !== undefined) return { kind: "url", url: readUrl(collector, shown), token: shown, ca, closedSocket: undefined };
  const found = shown === undefined ? await lookAt(homeSocket) : "none";
  if (found === "open") return { kind: "socket", path: homeSocket };
  const url = new URL(`http://${defaultAddresses.collectorHttp}`);
  return { kind: "url", url, token: shown, ca, closedSocket: found === "closed" ? homeSocket : undefined };
}

/** What to do where who asks is not let in, for the end of the message. */
export function identityAdvice(way: Way): string {
  if (way.kind === "socket") return "";
  if (way.token !== undefined) return "";
  const local = "run it on the collector's machine as the user who may open its admin socket (--socket PATH)";
  const sudo = way.closedSocket === undefined ? local : `run it as root: ${way.closedSocket} may not be opened otherwise`;
  return ` Show who you are with --token-file FILE, or ${sudo}.`;
}

function readUrl(text: string, token: string | undefined): URL {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new AppError(
      "CONFIG_INVALID",
      `--collector: expected a URL such as http://${defaultAddresses.collectorHttp}, got "${text}"`,
    );
  }
  if (token !== undefined && url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw new AppError("CONFIG_INVALID", `--collector: a token would go to ${url.host} in the open: use https`);
  }
  return url;
}

/** What `token create` printed may be kept whole: the token is its first line. */
function readToken(token: string | undefined, file: string | undefined): string | undefined {
  const given = token ?? (file === undefined ? undefined : readText("--token-file", file));
  if (given === undefined) return undefined;
  const text = given.trim().split("\n")[0]?.trim() ?? "";
  if (/^nkt_[\w-]+$/.test(text)) return text;
  const where = token === undefined ? `--token-file ${file} holds` : "--token is";
  throw new AppError(
    "CONFIG_INVALID",
    `${where} no API token: those begin with nkt_, as \`nodekeeper token create\` prints them`,
  );
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", `${flag} ${file} cannot be read (${systemErrorCode(cause) ?? "unknown"})`, { cause });
  }
}

/** Whether somebody listens on the socket and we may talk to it. A dead collector's socket is none. */
function lookAt(path: string): Promise<"open" | "closed" | "none"> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve("open");
    });
    socket.once("error", (thrown) => {
      const code = systemErrorCode(thrown);
      resolve(code === "EACCES" || code === "EPERM" ? "closed" : "none");
    });
  });
}
