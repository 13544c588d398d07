/** Failures to read that a rule of their own speaks of, so that one event is one finding. */
import { type Failure, Outcome } from "@nodekeeper/proto";
import type { ListState, ProbeState } from "../../state/node-state.ts";
import { subjectKey } from "../../state/subject-state.ts";

/** Of subjects: gpu-unavailable and ollama-unreachable. */
const codes: ReadonlySet<string> = new Set([
  "GPU_DRIVER_MISSING",
  "GPU_DRIVER_MISMATCH",
  "GPU_PERMISSION_DENIED",
  "GPU_LOST",
  "OLLAMA_LOOPBACK_ONLY",
]);

/** True where such a rule speaks of it. */
export function isToldElsewhere(failure: Pick<Failure, "code"> | undefined): boolean {
  return failure !== undefined && codes.has(failure.code);
}

/** The agent may not see the processes of others: so it was installed, and nothing changes it. The node's view says it where it matters. */
const lastingCode = "GPU_PROCESSES_HIDDEN";

/** Lists that are not whole for a reason that is told, or is none: a tailnet may have more peers than are reported. */
export function isListToldElsewhere({ kind, failure }: ListState, probe: ProbeState): boolean {
  if (kind === "tailscale_peer" || isToldElsewhere(failure) || failure?.code === lastingCode) return true;
  const server = probe.subjects.get(subjectKey("ollama_server", ""));
  const isStopped =
    server?.outcome === Outcome.OK && server.value?.case === "ollamaServer" && server.value.value.isRunning === false;
  return kind.startsWith("ollama_") && isStopped; // ollama-unreachable
}

/** Tailscale is installed, and its daemon does not answer: tailscale-down. That it refuses us says nothing of it. */
export function isDaemonSilent({ name, outcome, failure }: Pick<ProbeState, "name" | "outcome" | "failure">): boolean {
  return name === "tailscale" && outcome === Outcome.FAILED && failure?.code === "PEER_UNREACHABLE";
}
