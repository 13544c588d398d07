/** Brings tools and dependencies and builds nothing: the first stage of the checks. */
import { thisCheckout } from "../checkout.mjs";
import { watchInterrupt } from "../interrupt.mjs";
import { createTerminal } from "../terminal.mjs";
import { prepare } from "./prepare.mjs";

/** @returns {Promise<number>} exit code */
export async function installCommand() {
  await prepare(thisCheckout(), "installed", { terminal: createTerminal(), interrupt: watchInterrupt() });
  return 0;
}
