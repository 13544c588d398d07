/**
 * Why the agent is being stopped, as far as the machine shows it: a shutdown that was planned (shutdown(8)), or one that systemd has begun. A stop
 * for which nothing is found is just a stop.
 */
import { GoodbyeReason } from "@nodekeeper/proto";
import { AppError, type Logger } from "@nodekeeper/shared";
import { listJobs } from "../host/commands.ts";
import type { Host } from "../host/host.ts";
import { shutdownReason } from "./logind-signals.ts";

/** Looks now. Never rejects but when the signal aborts. */
export async function findStopReason(host: Host, logger: Logger, signal: AbortSignal): Promise<GoodbyeReason> {
  const ways = [jobReason, plannedReason];
  for (const look of ways) {
    try {
      const reason = await look(host, signal);
      if (reason !== undefined) return reason;
    } catch (thrown) {
      signal.throwIfAborted();
      logger.debug({ reason: AppError.from(thrown).message }, "one place that could say why we are stopped does not");
    }
  }
  return GoodbyeReason.STOPPED;
}

/** The reason in systemd's list of jobs: "12 reboot.target start waiting" a line. */
export function parseJobs(text: string): GoodbyeReason | undefined {
  for (const line of text.split("\n")) {
    const [, unit = "", type] = line.trim().split(/\s+/);
    const reason = type === "start" && unit.endsWith(".target") ? shutdownReason(unit.slice(0, -".target".length)) : undefined;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The reason in what shutdown(8) left, when its time has come; a plan for later is none. */
export function parsePlan(text: string, nowMs: number): GoodbyeReason | undefined {
  const fields = new Map(text.split("\n").map((line) => [line.split("=")[0] ?? "", line.slice(line.indexOf("=") + 1)]));
  const plannedAtMs = Number(fields.get("USEC")) / 1000;
  return nowMs >= plannedAtMs - planToleranceMs ? shutdownReason(fields.get("MODE") ?? "") : undefined;
}

async function jobReason(host: Host, signal: AbortSignal): Promise<GoodbyeReason | undefined> {
  // In a container it would be asked of nobody, or of a systemd that is not the host's.
  if (host.root !== "/") return undefined;
  await host.list("/run/systemd/system"); // there where systemd has booted the machine (sd_booted(3))
  const { stdout } = await host.run("systemctl", listJobs, { timeoutMs: jobsTimeoutMs, signal });
  return parseJobs(stdout);
}

async function plannedReason(host: Host): Promise<GoodbyeReason | undefined> {
  const text = await host.readText("/run/systemd/shutdown/scheduled");
  return parsePlan(text, (await host.time()).wallMs);
}

const jobsTimeoutMs = 800;
/** logind begins a little early. */
const planToleranceMs = 5_000;
