/** The list of this folder. A test holds the two together. */
import type { Command } from "../command.ts";
/** Every command, in the order in which `--help` shows them. */
export declare const commands: readonly Command[];
//# sourceMappingURL=index.d.ts.map
