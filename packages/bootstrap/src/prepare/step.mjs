/** The shape of what makes a checkout ready: it knows whether it is done, and does it. */

/** @import { Interrupt } from "../interrupt.mjs" */
/** @import { Terminal } from "../terminal.mjs" */

/**
 * @typedef {object} Step
 * @property {() => boolean} isDone reads only; true if doing it again would change nothing
 * @property {(context: StepContext) => Promise<void>} perform
 */

/**
 * @typedef {object} StepContext
 * @property {Terminal} terminal
 * @property {Interrupt} interrupt
 */

export {};
