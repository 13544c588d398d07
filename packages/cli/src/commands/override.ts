/** `nodekeeper override`: keeps an item of a node as somebody wants it, for a while. */
import { AppError, durationOption, optionalOption, stringOption } from "@nodekeeper/shared";
import type { ApiClient, OverrideRequest } from "@nodekeeper/shared/api";
import { formatIn } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { overrideText } from "../render/cluster/overrides.ts";
import { hang } from "../wrap.ts";

const longestMs = 366 * 86_400_000;

/** The command. */
export const override: Command = defineCommand({
  name: "override",
  operands: ["node", "key=value|key-"],
  summary: "keep a label or tag of a node as you want it for a while, against the policy",
  options: {
    for: durationOption({ description: "when it ends by itself, e.g. 3d", minimumMs: 60_000, maximumMs: longestMs }),
    reason: optionalOption(stringOption({ description: "why, for others" })),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node = "", wish = ""] = operands;
    const { for: forMs, reason } = options;
    const wanted = {
      ...{ node, ...readWish(wish), forSeconds: Math.round(forMs / 1000) },
      ...(reason === undefined ? {} : { reason }),
    };
    const doubt = await doubtAbout(api, node, wanted.item, signal);
    const made = await api.override(wanted, signal);
    const kept = `${terminal.paint("good", "kept")}: ${node} ${overrideText(made)}, ends ${formatIn(made.until, nowMs)}`;
    const notes = doubt === undefined ? [] : hang("  ", doubt, terminal.width).map((line) => terminal.paint("warning", line));
    return { json: made, text: [kept, ...notes].join("\n"), exitCode: exitCodes.ok };
  },
});

/** Whoever mistypes a key makes a label that nobody knows of. */
async function doubtAbout(api: ApiClient, node: string, item: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { explanations } = await api.explain(node, item, signal);
    return explanations.find(({ wanted, place }) => wanted === "absent" && place === "")?.why;
  } catch {
    return undefined; // what cannot be explained, the override itself is refused for
  }
}

/** As kubectl writes it: key=value, or key- for one that is not to be there. */
function readWish(text: string): Pick<OverrideRequest, "item" | "value"> {
  const at = text.indexOf("=");
  if (at > 0) return { item: text.slice(0, at), value: text.slice(at + 1) };
  if (at === -1 && text.length > 1 && text.endsWith("-")) return { item: text.slice(0, -1) };
  throw new AppError("CONFIG_INVALID", `expected KEY=VALUE, or KEY- for a label that is not to be there, got "${text}"`);
}
