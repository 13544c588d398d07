/** `nodekeeper prune`: takes back everything that was written on the cluster. */
import { switchOption } from "@nodekeeper/shared";
import { counted } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { wrap } from "../wrap.ts";

/** The command. Without --yes it says what it would do, and does nothing. */
export const prune: Command = defineCommand({
  name: "prune",
  operands: [],
  summary: "take back everything that was written on the cluster (--yes)",
  options: {
    keepLabels: switchOption({ description: "labels stay as they are, and are nobody's; everything else goes" }),
    force: switchOption({
      description: "also what protects something that is not well: a disk of Longhorn that fails takes new replicas again",
    }),
    yes: switchOption({ description: "do it" }),
  },
  async run({ api, options, terminal, signal }) {
    const { keepLabels, force, yes } = options;
    if (!yes) {
      const status = await api.reconcile(signal);
      const text = status.isConfigured ? warning(status.cluster.nodes, options, terminal.width) : status.notWritingBecause;
      return { json: status, text, exitCode: status.isConfigured ? exitCodes.usage : exitCodes.unavailable };
    }
    const result = await api.prune({ keepLabels, ...(force ? { force } : {}) }, signal);
    const failures = result.failed.map(({ node, reason }) => `  ${terminal.paint("strong", node)}  ${reason}`);
    const labels = keepLabels ? "; labels stay, and are nobody's" : "";
    const word = terminal.paint(failures.length === 0 ? "good" : "warning", "pruned");
    const lines = [
      `${word}: ${counted(result.nodes, "node")} put back${labels}; nothing is written until a plan is approved again`,
    ];
    if (failures.length > 0) lines.push(`${counted(failures.length, "node")} not; run it again for what is left:`, ...failures);
    if (result.left.length > 0) {
      lines.push(
        `${counted(result.left.length, "setting")} left in force, since what it protects is not well (--force takes it back, too):`,
      );
      lines.push(...result.left.map(({ node, item, reason }) => `  ${terminal.paint("strong", `${node} ${item}`)}  ${reason}`));
    }
    return { json: result, text: lines.join("\n"), exitCode: failures.length === 0 ? exitCodes.ok : exitCodes.attention };
  },
});

function warning(
  nodes: number,
  { keepLabels, force }: { readonly keepLabels: boolean; readonly force: boolean },
  width: number,
): string {
  const labels = keepLabels
    ? "Labels stay as they are, and are nobody's; conditions, taints, settings of Longhorn and what we noted go"
    : "Every label, condition, taint and setting of Longhorn of ours goes";
  const disks = force
    ? "Disks of Longhorn that fail take new replicas again. "
    : "Disks of Longhorn that may fail stay out of scheduling, and are told. ";
  const what =
    `${labels}, on up to ${counted(nodes, "node")}; what was there before our first write is put back, and what people changed after us stays. ${disks}` +
    "The approval goes too: nothing is written until a plan is approved again. Nothing was done yet; to do it:";
  const options = `${keepLabels ? " --keep-labels" : ""}${force ? " --force" : ""}`;
  return [...wrap(what, width), "", `  nodekeeper prune${options} --yes`].join("\n");
}
