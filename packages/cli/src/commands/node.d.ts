import { type Command } from "../command.ts";
/** The command. Exit code 1 when the node is not ok. */
export declare const node: Command;
//# sourceMappingURL=node.d.ts.map
