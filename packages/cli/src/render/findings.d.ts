/** Findings, loudest first, each with what to do. */
import type { Finding, NodeStatus, Severity } from "@nodekeeper/shared/api";
import type { Terminal, Tone } from "../terminal.ts";
/** The tone of a severity. */
export declare const severityTone: Readonly<Record<Severity, Tone>>;
/** The tone of a node's status. */
export declare const statusTone: Readonly<Record<NodeStatus, Tone>>;
/** Each finding in two lines: what and since when; what to do. `isNodeNamed` where the nodes differ. */
export declare function renderFindings(
  terminal: Terminal,
  findings: readonly Finding[],
  nowMs: number,
  isNodeNamed: boolean,
): string;
//# sourceMappingURL=findings.d.ts.map
