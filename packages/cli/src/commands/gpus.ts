/** `nodekeeper gpus`: which GPU is free, for a model or a program. */
import { AppError, integerOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderAvailability } from "../render/availability.ts";

/** The command. Exit code 1 when no GPU could take it, now or after waking or unloading. */
export const gpus: Command = defineCommand({
  name: "gpus",
  operands: [],
  summary: "show which GPU is free, for a model or for a program",
  options: {
    model: optionalOption(
      stringOption({ description: "a model that Ollama has, e.g. llama3.1:8b", placeholder: "MODEL" }),
      "any",
    ),
    context: optionalOption(
      integerOption({ description: "with which context, in tokens", minimum: 1, maximum: 100_000_000 }),
      "Ollama's own",
    ),
    freeGib: optionalOption(
      integerOption({ description: "GiB that a program other than Ollama needs", minimum: 0, maximum: 100_000 }),
      "any",
    ),
  },
  async run({ api, options, terminal, nowMs, signal }) {
    const { model, context, freeGib } = options;
    if (model !== undefined && freeGib !== undefined) {
      throw new AppError("CONFIG_INVALID", "--model is for Ollama and --free-gib for another program: ask for one of them");
    }
    if (model === undefined && context !== undefined) {
      throw new AppError("CONFIG_INVALID", "--context is of a model: say which with --model");
    }
    const answer = await api.gpuAvailability({ model, contextLengthTokens: context, freeGib }, signal);
    const isThere = answer.gpus.some(({ verdict }) => ["now", "after-waking", "after-unload"].includes(verdict));
    return {
      json: answer,
      text: renderAvailability(terminal, answer, nowMs),
      exitCode: isThere ? exitCodes.ok : exitCodes.attention,
    };
  },
});
