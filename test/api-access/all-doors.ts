/** An API with every door open, on real sockets: TLS by an authority of its own, a login with real keys, a proxy's secret, an admin socket. */
import { chmod, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, type RequestOptions, request } from "node:http";
import { request as tlsRequest } from "node:https";
import { join } from "node:path";
import { createLogger, systemClock } from "@nodekeeper/shared";
import type { Problem } from "@nodekeeper/shared/api";
import type { DoorKind } from "../../collector/src/api/doors/door.ts";
import { aLogin, loginRules, type TestLogin } from "../../collector/src/api/test-support/a-login.ts";
import { type ApiHarness, type HarnessOptions, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { aVault } from "../../collector/src/test-support/memory-vault.ts";
import { createAuthoritySource } from "../../collector/src/tls/authority-source.ts";
import type { AuthoritySource } from "../../collector/src/tls/tls-source.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What may be asked. */
export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** What was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The API and how to ask it. */
export interface AllDoors extends AsyncDisposable {
  readonly api: ApiHarness;
  readonly login: TestLogin;
  readonly authority: AuthoritySource;
  readonly socketPath: string;
  readonly secretFile: string;
  /** Options that lead a request of Node to a door. */
  way(door: DoorKind): RequestOptions & { readonly isTls: boolean };
  ask(door: DoorKind, path: string, asked?: Asked): Promise<Answered>;
}

/** Doors in the order in which tests go through them. */
export const doorKinds: readonly DoorKind[] = ["local", "public", "proxy", "admin"];

/** The secret of the proxy. */
export const proxySecret = "a-secret-of-the-proxy-0123456789";

/** By which the public door is called. */
export const publicName = "nodekeeper.example.net";

const anyPort = { host: "127.0.0.1", port: 0 };

/** Opens all doors. There is one node, neko. */
export async function openAllDoors(options: HarnessOptions = {}): Promise<AllDoors> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const login = await aLogin(Date.now());
  const jwks = join(folder.path, "jwks.json");
  const secretFile = join(folder.path, "proxy-secret");
  const socketPath = join(folder.path, "admin.sock");
  await writeFile(jwks, JSON.stringify(login.jwks));
  await writeFile(secretFile, `${proxySecret}\n`);
  await chmod(secretFile, 0o600);
  const logger = createLogger("test", "silent");
  const common = { clock: systemClock, random: Math.random, logger };
  const authority = stack.use(await createAuthoritySource({ ...common, names: [publicName], vault: aVault() }));
  const groups = { viewers: ["viewers"], admins: ["admins"] };
  const api = stack.use(
    await startApi({
      tls: authority,
      authority,
      login: { jwks, ...loginRules, groups },
      proxy: { secretFile, groups },
      backupDir: join(folder.path, "backups"),
      ...options,
      doors: { public: { listen: anyPort, names: [publicName] }, proxy: anyPort, adminSocket: socketPath, ...options.doors },
    }),
  );
  api.state.apply(new Machine("neko").connect(Date.now()));
  const opened = stack.move();

  function way(kind: DoorKind): RequestOptions & { readonly isTls: boolean } {
    if (kind === "admin") return { socketPath, isTls: false };
    const address = api.doors.of(kind)?.address;
    if (address === undefined) throw new Error(`the ${kind} door is not open`);
    const { host, port } = address;
    return { host, port, isTls: kind === "public", ...(kind === "public" ? { rejectUnauthorized: false } : {}) };
  }

  return {
    ...{ api, login, authority, socketPath, secretFile, way },
    ask(door, path, { method = "GET", headers = {}, body } = {}) {
      const { isTls, ...where } = way(door);
      const given = { ...where, method, path, agent: false, headers: { ...hostOf(door), ...headers } };
      return new Promise((resolve, reject) => {
        const sent = (isTls ? tlsRequest : request)(given, (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (part: string) => {
            text += part;
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        });
        sent.on("error", reject);
        sent.end(body);
      });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function hostOf(door: DoorKind): OutgoingHttpHeaders {
  return door === "public" || door === "proxy" ? { host: publicName } : {};
}

/** JSON as a body, with its header. */
export function json(value: unknown): Asked {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** The problem that was answered. */
export function problemOf({ text }: Answered): Problem {
  return JSON.parse(text) as Problem; // a test looks at what is in it
}
