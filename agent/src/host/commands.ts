/**
 * The programs that the agent may run, where they may lie, and the argument forms that each may be given. Nothing else is ever executed:
 * no shell, no PATH look-up, an empty environment.
 */

/** Name of an allowed program. */
export type CommandName = "smartctl";
