/** What both commands of Open WebUI have: how to get there, and the key. */
import { readFileSync } from "node:fs";
import {
  AppError,
  type Option,
  optionalOption,
  stringOption,
  switchOption,
  systemErrorCode,
  type ValuesOf,
} from "@nodekeeper/shared";
import { isSomebodyThere, readSecret } from "../read-secret.ts";
import { openWebUi, type WebUi } from "./web-ui.ts";
import { connectWebUi, readWebUiUrl } from "./web-ui-connection.ts";

/** Options of both. */
export interface WebUiOptions {
  readonly keyFile: Option<string | undefined>;
  readonly openWebuiCaFile: Option<string | undefined>;
  readonly plainHttp: Option<boolean>;
  readonly yes: Option<boolean>;
  readonly dryRun: Option<boolean>;
  readonly [name: string]: Option<unknown>;
}

/** They. */
export const webUiOptions: WebUiOptions = {
  keyFile: optionalOption(
    stringOption({
      description: "file that holds the API key of an admin of Open WebUI, or the token of a session",
      placeholder: "FILE",
    }),
    "standard input, or it is asked for",
  ),
  openWebuiCaFile: optionalOption(
    stringOption({ description: "certificates (PEM) to trust for Open WebUI's https", placeholder: "FILE" }),
    "the system's",
  ),
  plainHttp: switchOption({ description: "send the key to another machine by http, in the open" }),
  yes: switchOption({ description: "do it without asking" }),
  dryRun: switchOption({ description: "only show it" }),
};

/** What of them says how to get there. */
export type WebUiWayOptions = Pick<ValuesOf<WebUiOptions>, "keyFile" | "openWebuiCaFile" | "plainHttp">;

/** Reads the key and looks who is there. Throws AppError. */
export async function openSession(url: string, options: WebUiWayOptions, signal: AbortSignal): Promise<WebUi> {
  const { keyFile, openWebuiCaFile, plainHttp } = options;
  const way = { url: readWebUiUrl(url, plainHttp), ca: openWebuiCaFile === undefined ? undefined : readText(openWebuiCaFile) };
  const key = await readSecret("key of an admin of Open WebUI", keyFile, signal);
  if (key === "" && keyFile === undefined) {
    throw new AppError("CONFIG_INVALID", "no key was given: name the file that holds it (--key-file), or send it by a pipe");
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const where = keyFile === undefined ? "what was given" : `--key-file ${keyFile}`;
    throw new AppError(
      "CONFIG_INVALID",
      `${where} holds no key: expected one word such as sk-… or the token of a session (eyJ…)`,
    );
  }
  return await openWebUi(connectWebUi({ ...way, key }), signal);
}

/** Whether to go on: somebody said so beforehand, or can be asked. */
export function modeOf({ yes, dryRun }: { readonly yes: boolean; readonly dryRun: boolean }): "do" | "ask" | "show" {
  if (dryRun) return "show";
  if (yes) return "do";
  return isSomebodyThere() ? "ask" : "show";
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = `--open-webui-ca-file ${file} cannot be read (${systemErrorCode(cause) ?? "unknown"})`;
    throw new AppError("CONFIG_INVALID", why, { cause });
  }
}
