/** Does what was planned: what was there before goes into a file first, and everything that is written is read back and tried. */
import { rm } from "node:fs/promises";
import { AppError } from "@nodekeeper/shared";
import type { ApiClient } from "@nodekeeper/shared/api";
import type { ToolServer } from "./bodies.ts";
import { isAsWritten } from "./is-as-written.ts";
import { withToolServer } from "./plan-tool-server.ts";
import { type ConnectPlan, type ToolServerPlan, toolsRefused } from "./prepare-connect.ts";
import { requireUnchanged } from "./require-unchanged.ts";
import { type UndoRecord, writeUndoRecord } from "./undo-record.ts";
import type { WebUi } from "./web-ui.ts";

/** What is needed for it. */
export interface CarryOutTools {
  readonly api: ApiClient;
  readonly webUi: WebUi;
  readonly undoFile: string;
  /** How all of it is undone, for people. */
  readonly undoCommand: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Connected {
  /** Of the token that was made. */
  readonly tokenId: string | undefined;
  /** Models that Open WebUI sees at its Ollama connections of ours. */
  readonly models: readonly string[];
  /** Tools that it sees. */
  readonly tools: readonly string[];
}

/** Name of the token, in `nodekeeper token list`. */
const tokenName = "open-webui";
const revokeMs = 10_000;

/** Carries it out. Throws AppError that says what was changed before it failed. */
export async function carryOut(tools: CarryOutTools, plan: ConnectPlan): Promise<Connected> {
  const { webUi, undoFile, undoCommand, nowMs, signal } = tools;
  const made = plan.toolServer === undefined ? undefined : await makeToolServer(tools, plan.toolServer);
  const attempted: string[] = [];
  let isRecorded = false;
  try {
    await writeUndoRecord(undoFile, recordOf(plan, made, webUi.place, nowMs));
    isRecorded = true;
    if (plan.ollama !== undefined) {
      requireUnchanged(plan.ollama.before, await webUi.ollama(signal));
      attempted.push("the Ollama connections");
      await webUi.saveOllama(plan.ollama.after, signal);
      requireWritten(isAsWritten("ollama", plan.ollama.after, await webUi.ollama(signal)), "the Ollama connections");
    }
    if (plan.embedding !== undefined) {
      requireUnchanged(plan.embedding.before, await webUi.embedding(signal));
      attempted.push("the address of embeddings");
      await webUi.saveEmbedding(plan.embedding.after, signal);
      requireWritten(isAsWritten("embedding", plan.embedding.after, await webUi.embedding(signal)), "the address of embeddings");
    }
    if (plan.toolServer !== undefined && made !== undefined) {
      const { before, own } = plan.toolServer;
      requireUnchanged(before, await webUi.toolServers(signal));
      attempted.push("the tool server");
      const body = withToolServer(before, own, made.server);
      await webUi.saveToolServers(body, signal);
      requireWritten(isAsWritten("toolServers", body, await webUi.toolServers(signal)), "the tool server");
    }
    return { tokenId: made?.tokenId, ...(await look(webUi, plan, made?.server, signal)) };
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (attempted.length > 0) throw halfDone(error, attempted, undoCommand);
    if (isRecorded) await rm(undoFile, { force: true });
    throw new AppError(error.code, `${error.message}. Nothing was changed${await withdrawn(tools.api, made?.tokenId)}`, {
      cause: error,
    });
  }
}

/** The models and tools that Open WebUI sees now. */
async function look(
  webUi: WebUi,
  { ollama }: ConnectPlan,
  server: ToolServer | undefined,
  signal: AbortSignal,
): Promise<Pick<Connected, "models" | "tools">> {
  const models = new Set<string>();
  for (const step of ollama?.steps ?? []) {
    if (step.kind === "removed") continue;
    const key = step.after.config?.["key"];
    const found = await webUi.digests(step.after.url, typeof key === "string" ? key : "", signal);
    if (found === undefined) throw new AppError("PEER_UNREACHABLE", `Open WebUI gets no list of models from ${step.after.url}`);
    for (const name of found.keys()) models.add(name);
  }
  const tools = server === undefined ? [] : await webUi.toolsOf(server, signal);
  if (tools === undefined) throw new AppError("PEER_UNREACHABLE", "Open WebUI gets no tools any more");
  return { models: [...models], tools };
}

interface MadeToolServer {
  readonly server: ToolServer;
  readonly tokenId: string | undefined;
}

/** With its token, tried by Open WebUI before anything is written there. */
async function makeToolServer({ api, webUi, signal }: CarryOutTools, { token, make }: ToolServerPlan): Promise<MadeToolServer> {
  if (token.kind !== "created") return { server: make(token.kind === "given" ? token.text : undefined), tokenId: undefined };
  const wanted = { kind: "api", name: tokenName, scopes: ["gpu:read", "health:read"] } as const;
  const issued = await api.createToken({ ...wanted, scopes: [...wanted.scopes] }, signal).catch((thrown: unknown) => {
    const error = AppError.from(thrown);
    if (error.kind !== "identity") throw error;
    const how =
      "have an admin of nodekeeper make one (`nodekeeper token create --name open-webui --scope gpu:read --scope health:read`)";
    throw new AppError(
      error.code,
      `${error.message}. A token for the tools is an admin's to make: ${how}, and give it with --tools-token-file FILE`,
    );
  });
  const server = make(issued.text);
  const tokenId = issued.apiToken?.id;
  try {
    if ((await webUi.toolsOf(server, signal)) === undefined) throw toolsRefused(server.url, webUi.place);
    return { server, tokenId };
  } catch (thrown) {
    const error = AppError.from(thrown);
    throw new AppError(error.code, `${error.message}. Nothing was changed${await withdrawn(api, tokenId)}`, { cause: error });
  }
}

function recordOf(
  { ollama, embedding, toolServer }: ConnectPlan,
  made: MadeToolServer | undefined,
  place: string,
  nowMs: number,
): UndoRecord {
  return {
    nodekeeperOpenWebUi: 1,
    place,
    at: new Date(nowMs).toISOString(),
    ...(ollama === undefined ? {} : { ollama }),
    ...(embedding === undefined
      ? {}
      : { embeddingsUrl: { before: embedding.before.ollama_config.url, after: embedding.after.ollama_config.url } }),
    ...(toolServer === undefined || made === undefined
      ? {}
      : { toolServer: { ...(toolServer.own === undefined ? {} : { before: toolServer.own.server }), after: made.server } }),
    ...(made?.tokenId === undefined ? {} : { tokenId: made.tokenId }),
  };
}

function requireWritten(isWritten: boolean, what: string): void {
  if (isWritten) return;
  throw new AppError(
    "PEER_REFUSED",
    `Open WebUI took ${what} and keeps something else: does a setting of its environment stand against it?`,
  );
}

function halfDone(error: AppError, attempted: readonly string[], undoCommand: string): AppError {
  const text = `${error.message}\nChanged so far: ${attempted.join(", ")} (the last one perhaps not). To undo:\n\n  ${undoCommand}`;
  return new AppError(error.code, text, { cause: error });
}

/** Revokes the token that was made, also after Ctrl-C; what is to be said where that cannot be. */
async function withdrawn(api: ApiClient, tokenId: string | undefined): Promise<string> {
  if (tokenId === undefined) return "";
  return await api.revokeToken(tokenId, AbortSignal.timeout(revokeMs)).then(
    () => "",
    () => `; the token ${tokenId} stays: \`nodekeeper token revoke ${tokenId}\``,
  );
}
