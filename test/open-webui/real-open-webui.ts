/** A real Open WebUI of its own, on loopback, with an admin and whatever its environment says; and its API, as that admin. */
import { cp } from "node:fs/promises";
import { isFields, textAt } from "@nodekeeper/shared";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openWebUiProgram } from "./open-webui-program.ts";
import { admin, runOpenWebUi } from "./run-open-webui.ts";

/** It runs. */
export interface RealOpenWebUi extends AsyncDisposable {
  readonly url: string;
  /** Of a session of the admin. */
  readonly token: string;
  /** What it wrote so far. */
  log(): string;
  /** GET, or POST where there is a body; as the admin, or as whose token it is. Throws on anything but success. */
  ask(path: string, body?: unknown, token?: string): Promise<unknown>;
  /** Token of a session. */
  signIn(account: { readonly email: string; readonly password: string }): Promise<string>;
}

/** Starts it with more variables. */
export async function startOpenWebUi(variables: Readonly<Record<string, string>>): Promise<RealOpenWebUi> {
  const { python, template } = await openWebUiProgram();
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  await cp(template, folder.path, { recursive: true });
  const running = stack.use(await runOpenWebUi({ python, folder: folder.path, variables }));
  const ask = async (path: string, body: unknown, bearer: string | undefined): Promise<unknown> => {
    const response = await fetch(running.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Open WebUI answered ${path} with ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  const signIn = async ({ email, password }: { readonly email: string; readonly password: string }): Promise<string> => {
    const session = await ask("/api/v1/auths/signin", { email, password }, undefined);
    return (isFields(session) ? textAt(session, "token") : undefined) ?? "";
  };
  const token = await signIn(admin);
  const kept = stack.move();
  return {
    ...{ url: running.url, token, log: running.log, signIn },
    ask: (path, body, bearer = token) => ask(path, body, bearer),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
