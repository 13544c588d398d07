/** `nodekeeper open-webui restore`: what was there before `open-webui connect`. */
import { AppError, stringOption } from "@nodekeeper/shared";
import type { ApiClient } from "@nodekeeper/shared/api";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { prepareRestoration } from "../open-webui/restore.ts";
import { modeOf, openSession, webUiOptions } from "../open-webui/session.ts";
import { readUndoRecord } from "../open-webui/undo-record.ts";
import { printable } from "../printable.ts";
import { askForYes } from "../read-secret.ts";
import { renderChanges } from "../render/open-webui.ts";

/** The command. Without a yes it only shows what it would do. Exit code 1 where something stays that somebody changed since. */
export const openWebuiRestore: Command = defineCommand({
  name: "open-webui restore",
  operands: ["url"],
  summary: "put back in Open WebUI what `open-webui connect` changed, and nobody since",
  options: {
    ...webUiOptions,
    from: stringOption({ description: "the file that `open-webui connect` wrote", placeholder: "FILE" }),
  },
  async run({ api, options, operands, terminal, signal }) {
    const record = await readUndoRecord(options.from);
    const webUi = await openSession(operands[0] ?? "", options, signal);
    if (record.place !== webUi.place) {
      throw new AppError("CONFIG_INVALID", `${options.from} is of ${record.place}, and not of ${webUi.place}: name the same URL`);
    }
    const plan = await prepareRestoration(webUi, record, signal);
    const { lines, left } = plan;
    const about = { openWebUi: webUi.place, version: webUi.version, changes: lines, left };
    const shown = renderChanges(terminal, lines, left);
    const mode = modeOf(options);
    const tokenId = plan.isTokenUnused ? record.tokenId : undefined;
    if (lines.length > 0) {
      if (mode === "ask") process.stderr.write(`${printable(shown)}\n\n`);
      if (mode === "show" || (mode === "ask" && !(await askForYes(`Put this back in ${webUi.place}?`, signal)))) {
        const how = options.dryRun || mode === "ask" ? "Nothing was put back." : "Nothing was put back: say --yes to have it so.";
        const exitCode = options.dryRun ? exitCodes.ok : exitCodes.usage;
        return { json: { ...about, isDone: false }, text: mode === "ask" ? how : `${shown}\n\n${how}`, exitCode };
      }
      await plan.carryOut();
    }
    const token = tokenId === undefined || mode === "show" ? undefined : await revoked(api, tokenId, signal);
    const verdict = lines.length === 0 ? "nothing to put back" : "put back as it was";
    const head = `${terminal.paint("good", verdict)}: Open WebUI ${webUi.version} at ${webUi.place}`;
    const text = [...(mode === "ask" || shown === "" ? [] : [shown, ""]), head, ...(token === undefined ? [] : [token])].join(
      "\n",
    );
    const exitCode = left.length > 0 ? exitCodes.attention : exitCodes.ok;
    return { json: { ...about, isDone: lines.length > 0 }, text, exitCode };
  },
});

/** Nobody uses it any more. */
async function revoked(api: ApiClient, id: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await api.revokeToken(id, signal);
    return `The tools' token ${id} is revoked.`;
  } catch (thrown) {
    const { code, message } = AppError.from(thrown);
    if (code === "NOT_FOUND") return undefined;
    return `The tools' token ${id} is not used any more and could not be revoked (${message}): \`nodekeeper token revoke ${id}\``;
  }
}
