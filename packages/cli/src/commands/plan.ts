/** `nodekeeper plan`: what would be written on the cluster, and why it is not. */
import { switchOption } from "@nodekeeper/shared";
import { approvable } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderPlan } from "../render/cluster/plan.ts";

/** The command. Exit code 1 when something waits for somebody's approval. */
export const plan: Command = defineCommand({
  name: "plan",
  operands: ["[node]"],
  summary: "show what would be written on the cluster, with the hash to approve it by",
  options: { all: switchOption({ description: "show every step, however many" }) },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node] = operands;
    const made = await api.plan(signal);
    const isShown = (one: { readonly node: string }): boolean => node === undefined || one.node === node;
    const shown = { ...made, operations: made.operations.filter(isShown), held: made.held.filter(isShown) };
    if (node !== undefined && shown.operations.length + shown.held.length === 0) await api.explain(node, undefined, signal); // a name that nobody has is not a node without changes
    return {
      json: shown,
      text: renderPlan(terminal, made, { node, isAll: options.all, nowMs }),
      exitCode: approvable(made).length > 0 ? exitCodes.attention : exitCodes.ok,
    };
  },
});
