/** `nodekeeper policy check`: whether a policy file is good, and everything that is wrong with it. */
import { formatDuration } from "@nodekeeper/shared";
import { counted } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { policyProblems } from "../policy-problems.ts";

/** The command. */
export const policyCheck: Command = defineCommand({
  name: "policy check",
  operands: ["file"],
  summary: "look through a policy file, with every problem at once",
  isOffline: true,
  options: {},
  async run({ operands: [file = ""], terminal }) {
    const { readPolicyFile } = await import("@nodekeeper/collector/policy");
    const read = await readPolicyFile(file);
    if (read.kind === "bad") return policyProblems(terminal, file, read.problems);
    const { domain, modes, dwell, labels, taints, conditions, storage, onboarding, backups, hash } = read.policy;
    const what = [
      `${counted(labels.length, "label")} below ${domain}`,
      counted(taints.length, "taint"),
      counted(conditions.length, "condition"),
      `${counted(storage.diskTags.length, "tag")} of disks, ${counted(storage.nodeTags.length, "tag")} of nodes`,
      `describe ${modes.describe}, restrict ${modes.restrict}, move ${modes.move}`,
      `changes after ${formatDuration(dwell.changeMs)}, removals after ${formatDuration(dwell.removeMs)}`,
    ];
    return {
      json: {
        ...{ file, isGood: true, problems: [], hash, domain, modes, conditions },
        dwellSeconds: { change: dwell.changeMs / 1000, remove: dwell.removeMs / 1000 },
        labels: labels.map(({ key }) => key),
        taints: taints.map(({ key, effect }) => ({ key, effect })),
        storage: {
          diskTags: storage.diskTags.map(({ tag }) => tag),
          nodeTags: storage.nodeTags.map(({ tag }) => tag),
          defaultDisks: storage.defaultDisks,
        },
        onboarding: {
          skip: onboarding.skip,
          agent: onboarding.agent?.text ?? null,
          longhorn: onboarding.longhorn?.text ?? null,
        },
        backups: {
          cronJobs: backups.cronJobs,
          deployments: backups.deployments,
          maximumAgeSeconds: backups.maximumAgeMs / 1000,
        },
      },
      text: `${file} is ${terminal.paint("good", "good")}: ${what.join("; ")}`,
      exitCode: exitCodes.ok,
    };
  },
});
