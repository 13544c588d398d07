import { type Command } from "../command.ts";
/** The command. Exit code 1 when a finding fires. */
export declare const findings: Command;
//# sourceMappingURL=findings.d.ts.map
