/** `npm start`. */
import { enter } from "./entry.mjs";

enter(() => import("./start/start-command.mjs").then((command) => command.startCommand(process.argv.slice(2))));
