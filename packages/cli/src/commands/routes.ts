/** `nodekeeper routes`: the Ollama servers, and where requests for each model go. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderRoutes } from "../render/routes.ts";

/** The command. Exit code 1 when a server that should serve does not. */
export const routes: Command = defineCommand({
  name: "routes",
  operands: [],
  summary: "show the Ollama servers, and where requests for each model go",
  options: {},
  async run({ api, terminal, nowMs, signal }) {
    const table = await api.routes(signal);
    const isWell = table.servers.every(({ kinds, isServing }) => kinds.length === 0 || isServing);
    return { json: table, text: renderRoutes(terminal, table, nowMs), exitCode: isWell ? exitCodes.ok : exitCodes.attention };
  },
});
