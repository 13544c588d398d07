/** Asks the daemon for its status, and tells where none is installed from where one does not answer. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readLink } from "../../../host/reading.ts";
import { printable } from "../printable.ts";
import { parseTailscaleStatus, type TailscaleStatus } from "./status.ts";

const timeoutMs = 4_000;
/** Some 1.5 KB a peer: the largest tailnets fit. */
const maximumBytes = 32 << 20;

/** The status; undefined where no Tailscale is installed. Throws what kept the daemon from telling, with what to do. */
export async function askStatus(host: Host, signal: AbortSignal): Promise<TailscaleStatus | undefined> {
  try {
    const { status, text } = await host.ask({ service: "tailscale", question: "status" }, { timeoutMs, maximumBytes, signal });
    if (status !== 200) throw refusal(status, text);
    return parseTailscaleStatus(text);
  } catch (thrown) {
    const error = AppError.from(thrown, "HOST_READ_FAILED");
    if (error.code === "HOST_PERMISSION_DENIED") throw withAdvice(error, "run the agent as root");
    if (!isNobodyThere(error)) throw error;
    const found = await findInstallation(host);
    if (found.outcome === "absent") return undefined;
    if (found.outcome === "failed") throw withAdvice(error, `whether it is installed cannot be told: ${found.error.message}`);
    throw withAdvice(error, `tailscaled is installed (${found.path}) and does not run: systemctl start tailscaled`);
  }
}

/** No socket, or one that a daemon left behind. */
function isNobodyThere({ code, context }: AppError): boolean {
  return code === "HOST_FILE_MISSING" || (code === "PEER_UNREACHABLE" && context["errno"] === "ECONNREFUSED");
}

/** Binaries and units of packages, of the static tarball, of the snap and of NixOS. */
const installations: readonly string[] = [
  "/usr/sbin/tailscaled",
  "/usr/bin/tailscaled",
  "/usr/local/sbin/tailscaled",
  "/usr/local/bin/tailscaled",
  "/usr/lib/systemd/system/tailscaled.service",
  "/lib/systemd/system/tailscaled.service",
  "/etc/systemd/system/tailscaled.service",
  "/snap/tailscale/current",
  "/run/current-system/sw/bin/tailscaled",
];

/** The first that is there; a place that could not be looked at where there is none. */
async function findInstallation(host: Host): Promise<Reading> {
  let worst: Reading = { outcome: "absent", path: "/usr/sbin/tailscaled" };
  for (const path of installations) {
    const found = await readLink(host, path);
    if (found.outcome === "ok") return { ...found, path };
    if (found.outcome === "failed") worst = found;
  }
  return worst;
}

function refusal(status: number, text: string): AppError {
  const words = printable(text.trim().replaceAll(/\s+/g, " "), 200);
  if (status === 403) {
    return new AppError("HOST_PERMISSION_DENIED", `tailscaled does not let us ask for its status: ${words || "it answered 403"}`);
  }
  return new AppError("PEER_REFUSED", `tailscaled answered ${status} when asked for its status: ${words || "without words"}`);
}

/** PEER_UNREACHABLE where nobody is there: the daemon is the peer, not a file of it. */
function withAdvice(error: AppError, advice: string): AppError {
  const code = error.code === "HOST_FILE_MISSING" ? "PEER_UNREACHABLE" : error.code;
  return new AppError(code, `${error.message}; ${advice}`, { cause: error, context: error.context });
}
