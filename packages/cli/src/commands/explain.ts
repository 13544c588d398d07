/** `nodekeeper explain`: why a label, condition or taint of a node is as it is, and what would change it. */
import { AppError } from "@nodekeeper/shared";
import type { ApiClient, AuditRecord, Explanation } from "@nodekeeper/shared/api";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderExplanation, renderExplanations } from "../render/cluster/explanation.ts";

/** So many of the node's latest records are looked through for those of the item. */
const auditLimit = 1000;

/** The command. */
export const explain: Command = defineCommand({
  name: "explain",
  operands: ["node", "[key]"],
  summary: "show why a label, condition, taint or tag of Longhorn is as it is, and what would change it",
  options: {},
  async run({ api, operands, terminal, nowMs, signal }) {
    const [node = "", item] = operands;
    const list = await api.explain(node, item, signal);
    const view = { isAll: true, nowMs };
    if (item === undefined) {
      const none = `nothing of ${node} is written on a cluster: it is no node of it, or the policy has nothing to say of it`;
      const text = list.explanations.length === 0 ? none : renderExplanations(terminal, list.explanations, view);
      return { json: list, text, exitCode: exitCodes.ok };
    }
    const records = await actionsOf(api, node, list.explanations, signal);
    const texts = list.explanations.map((one) => renderExplanation(terminal, one, { ...view, records }));
    return { json: list, text: texts.join("\n\n"), exitCode: exitCodes.ok };
  },
});

/** The audit is for admins: who may only read sees the ids. */
async function actionsOf(
  api: ApiClient,
  node: string,
  explanations: readonly Explanation[],
  signal: AbortSignal,
): Promise<readonly AuditRecord[]> {
  if (explanations.every(({ actions }) => actions.length === 0)) return [];
  try {
    return (await api.audit({ node, limit: auditLimit }, signal)).records;
  } catch (thrown) {
    if (AppError.from(thrown).code === "FORBIDDEN") return [];
    throw thrown;
  }
}
