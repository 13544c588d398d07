/** `npm test`. */
import { enter } from "./entry.mjs";

enter(() => import("./test/test-command.mjs").then((command) => command.testCommand(process.argv.slice(2))));
