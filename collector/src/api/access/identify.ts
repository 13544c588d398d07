/**
 * Who asks, by what the request shows and the door by which it came. A bearer token is its own proof at every door. People are believed only
 * where a proxy speaks for them: its signed word (X-Authentik-Jwt) at the public door, its plain word behind its secret at the proxy's. Words
 * about people at any other door are refused and not ignored: somebody forges them, or a proxy was pointed at the wrong port, and both want to
 * be told. Two proofs at once are refused too, since nobody could tell whose request it is.
 */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { Registry } from "../../identity/registry.ts";
import type { DoorKind } from "../doors/door.ts";
import { type LoginRules, verifyLoginToken } from "./login-token.ts";
import { localAdmin, localViewer, type Principal } from "./principal.ts";
import type { ProxySecret } from "./proxy-secret.ts";
import { type GroupRights, scopesOfGroups } from "./scopes-of-groups.ts";
import { type Headers, hasPlainWord, refused, shownBearer, shownJwt, shownPlainWord } from "./shown-proof.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Who is believed. */
export interface IdentifyOptions {
  readonly registry: Pick<Registry, "verifyApiToken">;
  /** Undefined: nobody's signed word is believed. */
  readonly login: { readonly keys: SigningKeys; readonly rules: LoginRules } | undefined;
  /** Undefined: there is no door for a proxy's plain word. */
  readonly proxy: { readonly secret: ProxySecret; readonly groups: GroupRights } | undefined;
  readonly clock: Clock;
}

/** Tells who asks; throws IDENTITY_MISSING, IDENTITY_REFUSED, IDENTITY_EXPIRED or IDENTITY_UNVERIFIABLE. */
export type Identify = (door: DoorKind, headers: Headers) => Promise<Principal>;

/** A proxy does not say until when its login holds: an open stream has to come again after this. */
const plainWordMs = 15 * 60_000;

/** Identifies by these rules. */
export function createIdentify(options: IdentifyOptions): Identify {
  return async (door, headers) => {
    const bearer = shownBearer(headers);
    if (bearer !== undefined) {
      if (speaksOfPersonAt(door, headers)) throw refused("an API token and a person's login came together: send one of both");
      return principalOfToken(options, bearer);
    }
    switch (door) {
      case "local":
      case "admin":
        if (shownJwt(headers) !== undefined || hasPlainWord(headers)) throw wrongDoor(door);
        return door === "admin" ? localAdmin : localViewer;
      case "public":
        return principalOfJwt(options, headers);
      case "proxy":
        return principalOfPlainWord(options, headers);
    }
  };
}

function speaksOfPersonAt(door: DoorKind, headers: Headers): boolean {
  return door === "proxy" ? hasPlainWord(headers) : shownJwt(headers) !== undefined || hasPlainWord(headers);
}

function principalOfToken({ registry }: IdentifyOptions, text: string): Principal {
  const { id, name, scopes, expiresAtMs } = registry.verifyApiToken(text);
  const principal = { kind: "token", name, scopes: new Set(scopes), isBrowserBorne: false, tokenId: id } as const;
  return expiresAtMs === undefined ? principal : { ...principal, expiresAtMs };
}

function principalOfJwt({ login, clock }: IdentifyOptions, headers: Headers): Promise<Principal> {
  const text = shownJwt(headers);
  if (text !== undefined) {
    if (login !== undefined) return verifyLoginToken(text, login.keys, login.rules, clock);
    throw refused(
      "X-Authentik-Jwt came, and the collector knows no login: set --login-jwks, --login-issuer and --login-audience",
    );
  }
  if (hasPlainWord(headers)) {
    throw refused(
      "X-Authentik headers came without X-Authentik-Jwt: plain words are believed only at --proxy-listen, with the proxy's secret",
    );
  }
  throw new AppError(
    "IDENTITY_MISSING",
    login === undefined
      ? "who asks must be known: send an API token (Authorization: Bearer …); an admin makes one with `nodekeeper token create --name NAME --scope read`"
      : "who asks must be known: log in through the proxy, or send an API token (Authorization: Bearer …)",
  );
}

async function principalOfPlainWord({ proxy, clock }: IdentifyOptions, headers: Headers): Promise<Principal> {
  const word = shownPlainWord(headers);
  if (proxy === undefined || word === undefined) {
    if (hasPlainWord(headers)) throw refused("the proxy's headers name nobody: X-Authentik-Username is empty or missing");
    const message = "who asks must be known: log in through the proxy, or send an API token (Authorization: Bearer …)";
    throw new AppError("IDENTITY_MISSING", message);
  }
  if (!(await proxy.secret.holds(word.secret))) {
    throw refused("X-Authentik headers are believed only of the proxy, and X-Nodekeeper-Proxy-Secret is missing or wrong");
  }
  return {
    kind: "user",
    name: word.username,
    scopes: scopesOfGroups(word.groups, proxy.groups),
    isBrowserBorne: true,
    expiresAtMs: clock.wallMs() + plainWordMs,
  };
}

function wrongDoor(door: "local" | "admin"): AppError {
  const what = door === "local" ? "the loopback listener" : "the admin socket";
  return refused(
    `X-Authentik headers came by ${what}, where nobody logs in: point the proxy at --public-listen (X-Authentik-Jwt) or --proxy-listen`,
  );
}
