/** `nodekeeper reconcile`: whether anything is written on the cluster now, and what keeps it. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderStatus } from "../render/cluster/status.ts";

/** The command. Exit code 1 where something keeps it from writing. */
export const reconcile: Command = defineCommand({
  name: "reconcile",
  operands: [],
  summary: "show who writes on the cluster, by which policy, and what keeps it",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const status = await api.reconcile(signal);
    if (!status.isConfigured) return { json: status, text: status.notWritingBecause, exitCode: exitCodes.unavailable };
    const isWell =
      status.isWriting &&
      status.approval !== undefined &&
      status.policy.problems.length === 0 &&
      status.cluster.problem === undefined &&
      status.reconcilers.every(({ failing }) => failing === 0);
    return { json: status, text: renderStatus(terminal, status, nowMs), exitCode: isWell ? exitCodes.ok : exitCodes.attention };
  },
});
