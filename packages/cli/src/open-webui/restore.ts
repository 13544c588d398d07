/** Puts back what `open-webui connect` changed, as far as it is still as it was set. */
import { AppError } from "@nodekeeper/shared";
import type { ChangeLine } from "./change-line.ts";
import { isAsWritten, type WrittenPart } from "./is-as-written.ts";
import { restoreEmbeddings, restoreOllama, restoreToolServer } from "./plan-restore.ts";
import { requireUnchanged } from "./require-unchanged.ts";
import type { UndoRecord } from "./undo-record.ts";
import type { WebUi } from "./web-ui.ts";

/** What goes back. */
export interface Restoration {
  readonly lines: readonly ChangeLine[];
  /** What somebody changed since, and stays. */
  readonly left: readonly string[];
  /** Whether our tool server is gone afterwards, and with it the use of its token. */
  readonly isTokenUnused: boolean;
  /** Writes it and reads it back. Throws AppError that says how far it came. */
  carryOut(): Promise<void>;
}

/** Plans it; only asks. */
export async function prepareRestoration(webUi: WebUi, record: UndoRecord, signal: AbortSignal): Promise<Restoration> {
  const { ollama, embeddingsUrl, toolServer } = record;
  const connections = ollama === undefined ? undefined : restoreOllama(await webUi.ollama(signal), ollama);
  const embeddings = embeddingsUrl === undefined ? undefined : restoreEmbeddings(await webUi.embedding(signal), embeddingsUrl);
  const servers = toolServer === undefined ? undefined : restoreToolServer(await webUi.toolServers(signal), toolServer);
  const parts = [connections, embeddings, servers].filter((part) => part !== undefined);
  return {
    lines: parts.flatMap(({ lines }) => lines),
    left: parts.flatMap(({ left }) => left),
    isTokenUnused: servers?.isTokenUnused === true,
    async carryOut() {
      const done: string[] = [];
      try {
        // The tools first: where a token is to be revoked, nobody uses it any more.
        if (servers !== undefined && servers.lines.length > 0) {
          requireUnchanged(servers.now, await webUi.toolServers(signal));
          await webUi.saveToolServers(servers.body, signal);
          requireWritten("toolServers", servers.body, await webUi.toolServers(signal));
          done.push("the tool server");
        }
        if (embeddings !== undefined && embeddings.lines.length > 0) {
          requireUnchanged(embeddings.now, await webUi.embedding(signal));
          await webUi.saveEmbedding(embeddings.body, signal);
          requireWritten("embedding", embeddings.body, await webUi.embedding(signal));
          done.push("the address of embeddings");
        }
        if (connections !== undefined && connections.lines.length > 0) {
          requireUnchanged(connections.now, await webUi.ollama(signal));
          await webUi.saveOllama(connections.body, signal);
          requireWritten("ollama", connections.body, await webUi.ollama(signal));
        }
      } catch (thrown) {
        const error = AppError.from(thrown);
        const far = done.length === 0 ? "Nothing was put back yet" : `Put back so far: ${done.join(", ")}`;
        throw new AppError(error.code, `${error.message}. ${far}; run it again for the rest`, { cause: error });
      }
    },
  };
}

function requireWritten(
  part: WrittenPart,
  written: Readonly<Record<string, unknown>>,
  read: Readonly<Record<string, unknown>>,
): void {
  if (isAsWritten(part, written, read)) return;
  throw new AppError("PEER_REFUSED", "Open WebUI took what was put back, and keeps something else");
}
