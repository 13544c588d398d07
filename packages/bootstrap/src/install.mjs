/** Toolchain and dependencies only; afterwards `toolchain/node_modules/.bin` holds pnpm (and node). For continuous integration. */
import { enter } from "./entry.mjs";

enter(() => import("./prepare/install-command.mjs").then((command) => command.installCommand()));
