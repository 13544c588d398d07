/** `nodekeeper gpu release`: gives the GPU of a node back to models. */
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. */
export const gpuRelease: Command = defineCommand({
  name: "gpu release",
  operands: ["node"],
  summary: "give the GPU of a node back to models",
  options: {},
  async run({ api, operands, signal }) {
    const [node = ""] = operands;
    const was = await api.releaseGpu(node, signal);
    return { json: was, text: `the GPU of ${was.node} is given back`, exitCode: exitCodes.ok };
  },
});
