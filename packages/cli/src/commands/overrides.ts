/** `nodekeeper overrides`: what people want otherwise than the policy. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderOverrides } from "../render/cluster/overrides.ts";

/** The command. */
export const overrides: Command = defineCommand({
  name: "overrides",
  operands: [],
  summary: "list what people want otherwise than the policy, and until when",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const list = await api.overrides(signal);
    const text = list.overrides.length === 0 ? "no overrides" : renderOverrides(terminal, list.overrides, nowMs);
    return { json: list, text, exitCode: exitCodes.ok };
  },
});
