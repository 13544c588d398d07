/** The facts of machines as a policy sees them: of this one, or of folders that `nodekeeper capture` wrote. */
import { resolve } from "node:path";
import { type Examination, openHost, probes, runDoctor } from "@nodekeeper/agent/doctor";
import type { KnownFacts } from "@nodekeeper/collector/policy";
import { AppError, systemClock } from "@nodekeeper/shared";

/** A machine. */
export interface ExaminedMachine {
  readonly name: string;
  /** The folder that it was read from. */
  readonly root: string;
  readonly facts: KnownFacts;
}

/** Runs every probe on each; without a folder on this machine. `name` is the node's where it is not the machine's own. */
export async function machineFacts(
  folders: readonly string[],
  { name, nowMs, signal }: { readonly name: string | undefined; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<readonly ExaminedMachine[]> {
  const { factsOfMachine } = await import("@nodekeeper/collector/policy");
  if (name !== undefined && folders.length > 1)
    throw new AppError("CONFIG_INVALID", "--name is for one machine, and there are several");
  const machines: ExaminedMachine[] = [];
  // One after the other: the probes of one are already run at the same time.
  for (const folder of folders.length === 0 ? ["/"] : folders) {
    const root = resolve(folder);
    const examinations = await runDoctor({ host: await openHost(root, systemClock), probes, clock: systemClock, signal });
    const node = name ?? hostNameOf(examinations) ?? root;
    machines.push({ name: node, root, facts: factsOfMachine(node, examinations, nowMs) });
  }
  return machines;
}

/** As the agent names its node, where nobody names it. */
function hostNameOf(examinations: readonly Examination[]): string | undefined {
  const subjects = examinations.flatMap(({ payload }) => payload?.subjects ?? []);
  const system = subjects.find(({ kind }) => kind === "operating_system")?.value;
  const name = system?.case === "operatingSystem" ? system.value.hostname : "";
  return name === "" ? undefined : name.toLowerCase();
}
