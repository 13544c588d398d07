/** `nodekeeper onboard status`: the same as `nodekeeper onboard`, for those who look for the word. */
import type { Command } from "../command.ts";
import { onboard } from "./onboard.ts";

/** The command. */
export const onboardStatus: Command = { ...onboard, name: "onboard status", summary: "the same as `nodekeeper onboard`" };
