/** `nodekeeper route explain`: where a request for a model would go now, and why. */
import { choiceOption, integerOption, optionalOption, stringOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderRouteExplanation } from "../render/routes.ts";

/** The command. Exit code 1 when no server can take it. */
export const routeExplain: Command = defineCommand({
  name: "route explain",
  operands: [],
  summary: "show where a request for a model would go now, and why",
  options: {
    model: stringOption({ description: "the model, e.g. llama3.1:8b", placeholder: "MODEL" }),
    kind: choiceOption({ description: "what is asked of it", choices: ["chat", "embed"], default: "chat" }),
    context: optionalOption(
      integerOption({ description: "with which context, in tokens", minimum: 1, maximum: 100_000_000 }),
      "Ollama's own",
    ),
  },
  async run({ api, options, terminal, signal }) {
    const { model, kind, context } = options;
    const answer = await api.explainRoute({ model, kind, contextLengthTokens: context }, signal);
    return {
      json: answer,
      text: renderRouteExplanation(terminal, answer),
      exitCode: answer.server === undefined ? exitCodes.attention : exitCodes.ok,
    };
  },
});
