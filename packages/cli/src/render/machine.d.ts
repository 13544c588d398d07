/** What a machine is and holds, from its subjects: the same for `node` (from the collector) and for `doctor` (from here). */
import type { SubjectBody } from "@nodekeeper/shared/api";
import type { Terminal } from "../terminal.ts";
/** Everything about a machine that is known, in sections parted by empty lines. */
export declare function renderMachine(terminal: Terminal, subjects: readonly SubjectBody[]): string;
//# sourceMappingURL=machine.d.ts.map
