/** `nodekeeper authority rotate`: brings in a new authority. */
import { switchOption } from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { renderAuthority } from "./authority.ts";

/** The command. */
export const authorityRotate: Command = defineCommand({
  name: "authority rotate",
  operands: [],
  summary: "bring in a new authority, which signs once agents have heard of it",
  options: { now: switchOption({ description: "it signs at once: agents that are away must be enrolled anew" }) },
  async run({ api, options, terminal, nowMs, signal }) {
    const body = await api.rotateAuthority(options.now, signal);
    const done = options.now
      ? "the new authority signs"
      : "the new authority is trusted, and signs when agents had time to hear of it";
    const text = `${terminal.paint("good", "rotated")}: ${done}\n\n${renderAuthority(terminal, body, nowMs)}`;
    return { json: body, text, exitCode: exitCodes.ok };
  },
});
