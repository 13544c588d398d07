import { type Command } from "../command.ts";
/** The command. Exit code 1 when a node is not ok. */
export declare const nodes: Command;
//# sourceMappingURL=nodes.d.ts.map
