/** What could not be told, and why. */
import type { UnknownThing } from "@nodekeeper/shared/readings";
import type { Terminal } from "../terminal.ts";
/** A titled list; "" when all could be told. */
export declare function renderUnknowns(terminal: Terminal, unknowns: readonly UnknownThing[]): string;
//# sourceMappingURL=unknowns.d.ts.map
