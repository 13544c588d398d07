/** Nothing is heard of a node any more, without a word or after one. */
import { type Fault, minuteMs } from "../fault.ts";

const common = {
  machine: "neko",
  probes: ["system"],
  mended: { what: "it is there again", agent: { kind: "returns", isNewBoot: false } },
  overWithinMs: minuteMs,
  conditions: { DiskHealthy: "Unknown", TailnetConnected: "Unknown", GPUHealthy: "Unknown", StoragePrerequisites: "Unknown" },
} as const;

/** It matters whether it said that it goes. */
export const agentSilent: readonly Fault[] = [
  {
    ...common,
    name: "agent-silent-suddenly",
    title: "The agent of a node is killed, or its network is cut",
    source: "Beszel issues 947, 1052 and 1173; monitoring facts 15.5",
    acts: [{ what: "the stream ends without a word", agent: { kind: "vanishes" } }],
    comes: [
      {
        rule: "node-not-reporting",
        subject: "node",
        severity: "medium",
        text: /nothing was heard of it/,
        withinMs: 6 * minuteMs,
      },
    ],
  },
  {
    ...common,
    name: "agent-silent-switched-off",
    title: "A machine is switched off by its owner, and says so",
    source: "what siberian does every night",
    acts: [{ what: "goodbye: shutdown", agent: { kind: "leaves", goodbye: "shutdown" } }],
    comes: [],
  },
  {
    ...common,
    name: "agent-silent-after-reboot",
    title: "A machine says that it reboots, and does not come back",
    source: "monitoring facts 15.5",
    acts: [{ what: "goodbye: reboot", agent: { kind: "leaves", goodbye: "reboot" } }],
    comes: [
      { rule: "node-not-reporting", subject: "node", severity: "medium", text: /did not come back/, withinMs: 16 * minuteMs },
    ],
  },
];
