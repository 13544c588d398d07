/** `nodekeeper open-webui connect`: points Open WebUI at the servers that nodekeeper keeps, and gives its models the tools. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { AppError, listOption, optionalOption, shellWord, stringOption, switchOption, systemErrorCode } from "@nodekeeper/shared";
import { counted } from "@nodekeeper/shared/readings";
import { type Command, type CommandResult, defineCommand, exitCodes } from "../command.ts";
import { type Connected, carryOut } from "../open-webui/carry-out.ts";
import { prepareConnect } from "../open-webui/prepare-connect.ts";
import { readAddress, readAddresses } from "../open-webui/read-address.ts";
import { modeOf, openSession, type WebUiWayOptions, webUiOptions } from "../open-webui/session.ts";
import type { WebUi } from "../open-webui/web-ui.ts";
import { printable } from "../printable.ts";
import { askForYes } from "../read-secret.ts";
import { renderChanges } from "../render/open-webui.ts";
import type { Terminal } from "../terminal.ts";

const url = stringOption({ description: "", placeholder: "URL" });

/** The command. Without a yes it only shows what it would do. */
export const openWebuiConnect: Command = defineCommand({
  name: "open-webui connect",
  operands: ["url"],
  summary: "point Open WebUI at the Ollama servers that answer, and give its models the tools",
  options: {
    ...webUiOptions,
    ollamaUrl: listOption({ ...url, description: "Ollama for chats, in place of what nodekeeper knows" }),
    embeddingsUrl: optionalOption({ ...url, description: "Ollama for embeddings" }, "as nodekeeper knows it"),
    toolsUrl: optionalOption(
      { ...url, description: "where the tools are, e.g. https://NAME:7070/tools" },
      "as the collector is called",
    ),
    toolsTokenFile: optionalOption(
      stringOption({ description: "file that holds an API token of nodekeeper for the tools", placeholder: "FILE" }),
      "a new one is made",
    ),
    toolsId: stringOption({ description: "what the tool server is called: server:ID", placeholder: "ID", default: "gpu" }),
    adminsOnly: switchOption({ description: "only admins of Open WebUI may use the tools" }),
    noTools: switchOption({ description: "leave tool servers as they are" }),
    noEmbeddings: switchOption({ description: "leave embeddings as they are" }),
    acceptOtherEmbeddings: switchOption({
      description: "also where the model for embeddings is another there, and all must be embedded anew",
    }),
    replace: listOption({ ...url, description: "an Ollama connection to be replaced, too" }),
    undoFile: optionalOption(
      stringOption({ description: "file for what was there before", placeholder: "FILE" }),
      "open-webui-HOST-TIME.json, here",
    ),
  },
  async run({ api, transport, options, operands, terminal, nowMs, signal }) {
    const toolsToken = options.toolsTokenFile === undefined ? undefined : readToken(options.toolsTokenFile);
    const ollamaUrls = readAddresses("--ollama-url", options.ollamaUrl);
    const embeddingsUrl =
      options.embeddingsUrl === undefined ? undefined : readAddress("--embeddings-url", options.embeddingsUrl);
    const toolsUrl = options.toolsUrl === undefined ? undefined : readAddress("--tools-url", options.toolsUrl);
    const webUi = await openSession(operands[0] ?? "", options, signal);
    const wish = {
      ...{ ollamaUrls, embeddingsUrl, toolsUrl, toolsToken },
      ...{ toolsId: options.toolsId, replace: options.replace, isForAdminsOnly: options.adminsOnly },
      ...{ hasEmbeddings: !options.noEmbeddings, hasTools: !options.noTools },
      isOtherEmbeddingsAccepted: options.acceptOtherEmbeddings,
    };
    const plan = await prepareConnect({ api, webUi, signal }, wish, transport.place);
    const { lines, notes } = plan;
    const about = { openWebUi: webUi.place, version: webUi.version, changes: lines, notes };
    const shown = renderChanges(terminal, lines, notes);
    if (lines.length === 0) {
      const text = [`${terminal.paint("good", "nothing to change")}: ${webUi.place} is connected`, shown].filter(
        (part) => part !== "",
      );
      return { json: { ...about, isDone: false }, text: text.join("\n"), exitCode: exitCodes.ok };
    }
    const mode = modeOf(options);
    if (mode === "ask") process.stderr.write(`${printable(shown)}\n\n`);
    if (mode === "show" || (mode === "ask" && !(await askForYes(`Change this in ${webUi.place}?`, signal)))) {
      return notDone(about, mode === "ask" ? "" : shown, options.dryRun);
    }
    const undoFile = resolve(
      options.undoFile ?? `open-webui-${new URL(webUi.place).hostname.replaceAll(/[^\w.-]/g, "")}-${stamp(nowMs)}.json`,
    );
    const undoCommand = undoCommandOf(webUi, undoFile, options);
    const connected = await carryOut({ api, webUi, undoFile, undoCommand, nowMs, signal }, plan);
    const text = [...(mode === "ask" ? [] : [shown, ""]), ...doneLines(terminal, webUi, connected, undoFile, undoCommand)].join(
      "\n",
    );
    return { json: { ...about, isDone: true, ...connected, undoFile, undoCommand }, text, exitCode: exitCodes.ok };
  },
});

function notDone(about: object, shown: string, isDryRun: boolean): CommandResult {
  const how = isDryRun ? "Nothing was changed." : "Nothing was changed: say --yes to have it so.";
  return {
    json: { ...about, isDone: false },
    text: shown === "" ? "Nothing was changed." : `${shown}\n\n${how}`,
    exitCode: isDryRun ? exitCodes.ok : exitCodes.usage,
  };
}

function doneLines(
  terminal: Terminal,
  { place, version }: WebUi,
  { models, tools, tokenId }: Connected,
  undoFile: string,
  undoCommand: string,
): readonly string[] {
  const seen = [
    ...(models.length === 0 ? [] : [counted(models.length, "model")]),
    ...(tools.length === 0 ? [] : [`${counted(tools.length, "tool")} (${tools.join(", ")})`]),
  ];
  const token = tokenId === undefined ? [] : [`The tools' token is "open-webui" in \`nodekeeper token list\`, id ${tokenId}.`];
  return [
    `${terminal.paint("good", "connected")}: Open WebUI ${version} at ${place}${seen.length === 0 ? "" : ` sees ${seen.join(" and ")}`}`,
    ...token,
    `What was there before is in ${undoFile}: only you may read it, since it may hold keys. To put it back:`,
    "",
    `  ${undoCommand}`,
    "",
    terminal.paint(
      "quiet",
      "Where Open WebUI runs with ENABLE_PERSISTENT_CONFIG=false it lasts until it is started again: set its environment there, too.",
    ),
  ];
}

function undoCommandOf({ place }: WebUi, undoFile: string, { keyFile, openWebuiCaFile, plainHttp }: WebUiWayOptions): string {
  const flags = [
    ...(keyFile === undefined ? [] : ["--key-file", shellWord(resolve(keyFile))]),
    ...(openWebuiCaFile === undefined ? [] : ["--open-webui-ca-file", shellWord(resolve(openWebuiCaFile))]),
    ...(plainHttp ? ["--plain-http"] : []),
  ];
  return ["nodekeeper open-webui restore", shellWord(place), "--from", shellWord(undoFile), ...flags].join(" ");
}

/** What `token create` printed may be kept whole: the token is its first line. */
function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", `--tools-token-file ${file} cannot be read (${systemErrorCode(cause) ?? "unknown"})`, {
      cause,
    });
  }
  const token = text.trim().split("\n")[0]?.trim() ?? "";
  if (/^nkt_[\w-]+$/.test(token)) return token;
  throw new AppError("CONFIG_INVALID", `--tools-token-file ${file} holds no API token: those begin with nkt_`);
}

/** 20260823T140500Z */
function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
