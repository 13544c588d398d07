/** `npm run -s nodekeeper <command>`: the CLI, with the Node that it needs. */
import { enter } from "./entry.mjs";

enter(() => import("./cli/cli-command.mjs").then((command) => command.cliCommand(process.argv.slice(2))));
