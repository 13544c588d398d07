/** The register over a vault. What is only worth remembering while this process lives, last uses and the texts of successors, is in memory. */
import { createHash, X509Certificate } from "node:crypto";
import { AppError, type Clock, formatDuration, formatJoinToken, isNodeName } from "@nodekeeper/shared";
import { indexOf } from "./credential-index.ts";
import { createCredentialVerifier } from "./credential-verifier.ts";
import { createPendingCredentials } from "./pending-credentials.ts";
import type { ApiToken, Credential, Enrollee, Issued, JoinToken, Registry } from "./registry.ts";
import { sweep, withApiToken, withEnrolled, withJoinToken, withoutToken, withSuccessor, withUsed } from "./registry-changes.ts";
import { createSecret, formatSecret, isSecretOf, parseSecret } from "./secrets.ts";
import type { StoredApiToken, StoredCredential, StoredJoinToken, Vault, VaultContents } from "./vault.ts";

/** What the register needs. */
export interface RegistryOptions {
  readonly vault: Vault;
  readonly clock: Pick<Clock, "wallMs">;
  /** DER, of the authorities that machines should trust at their first contact. Empty where no machine can enroll. */
  readonly authorities: () => readonly Uint8Array[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** How long a join token may be good: long enough to type it, too short to be found later. */
const joinTokenTtlMs = { minimum: minuteMs, maximum: 24 * hourMs } as const;
/** How long a token of the API may be good; without an end it is good until it is revoked. */
const apiTokenTtlMs = { minimum: minuteMs, maximum: 10 * 365 * 24 * hourMs } as const;
/** What a vault holds of a name. */
const maximumByLength = 200;
/** During a rotation of the authority there are two; a join token has room for so many. */
const maximumAuthorities = 2;

/** Makes the register. */
export function createRegistry({ vault, clock, authorities }: RegistryOptions): Registry {
  const lastUsedAtMs = new Map<string, number>();
  const pending = createPendingCredentials(vault);
  const verifier = createCredentialVerifier(vault, (credential) => lastUsedAtMs.set(credential.id, clock.wallMs()));
  /** Successors that are being made, by node: two beside each other would end with the first use of one. */
  const rotations = new Map<string, Promise<Credential>>();

  /** Sweeps in passing. */
  function update(change: (contents: VaultContents) => VaultContents): Promise<VaultContents> {
    return vault.update((contents) => change(sweep(contents, clock.wallMs())));
  }

  return {
    verifier,
    async createJoinToken({ node, ttlMs, by }) {
      if (!isNodeName(node)) throw new AppError("REQUEST_INVALID", `"${node}" cannot be the name of a node`);
      checkTtl(ttlMs, joinTokenTtlMs, "a join token");
      const authorityHashes = authorities().slice(0, maximumAuthorities).map(hashOfKey);
      if (authorityHashes.length === 0) {
        const advice = "give the collector --public-grpc-listen and --public-name";
        throw new AppError("CONFLICT", `no machine could enroll here: nothing is served to others; ${advice}`);
      }
      const { id, secret, hash } = createSecret();
      const createdAtMs = clock.wallMs();
      const token: StoredJoinToken = {
        id,
        hash,
        node,
        createdAtMs,
        createdBy: by.slice(0, maximumByLength),
        expiresAtMs: createdAtMs + ttlMs,
      };
      await update((contents) => withJoinToken(contents, token));
      return { text: formatJoinToken({ id, secret, authorityHashes }), record: joinToken(token) };
    },
    async createApiToken({ name, scopes, ttlMs, by }) {
      if (!/^[\p{L}\p{N}][\p{L}\p{N}\p{P} ]{0,63}$/u.test(name)) {
        throw new AppError("REQUEST_INVALID", "the name of a token is 1 to 64 letters, digits and punctuation marks");
      }
      if (scopes.length === 0) throw new AppError("REQUEST_INVALID", "a token without a scope would be good for nothing");
      if (ttlMs !== undefined) checkTtl(ttlMs, apiTokenTtlMs, "a token of the API");
      const { id, secret, hash } = createSecret();
      const createdAtMs = clock.wallMs();
      const token: StoredApiToken = {
        ...{ id, hash, name, scopes: [...new Set(scopes)], createdAtMs, createdBy: by.slice(0, maximumByLength) },
        ...(ttlMs === undefined ? {} : { expiresAtMs: createdAtMs + ttlMs }),
      };
      await update((contents) => withApiToken(contents, token, clock.wallMs()));
      return { text: formatSecret("api", { id, secret }), record: apiToken(token) };
    },
    joinTokens: () => vault.contents.joinTokens.map(joinToken),
    apiTokens: () => vault.contents.apiTokens.map(apiToken),
    credentials: () => vault.contents.credentials.map(credential),
    credentialsOf: (node) => (indexOf(vault.contents).byNode.get(node) ?? []).map(credential),
    credential(id) {
      const found = indexOf(vault.contents).byId.get(id);
      return found && credential(found);
    },
    async revokeToken(id) {
      let revoked: JoinToken | ApiToken | undefined;
      await update((contents) => {
        const join = contents.joinTokens.find((token) => token.id === id);
        const api = contents.apiTokens.find((token) => token.id === id);
        revoked = join === undefined ? api && apiToken(api) : joinToken(join);
        return withoutToken(contents, id) ?? notFound(`there is no token ${id}; it may have been used or have ended`);
      });
      return revoked ?? notFound(`there is no token ${id}`);
    },
    async revokeCredentials(node) {
      let revoked: readonly StoredCredential[] = [];
      await update((contents) => {
        revoked = contents.credentials.filter((each) => each.node === node);
        if (revoked.length === 0) notFound(`${node} has no credential`);
        return { ...contents, credentials: contents.credentials.filter((each) => each.node !== node) };
      });
      return revoked.map(credential);
    },
    rotateCredential(node) {
      const rotating = rotations.get(node) ?? rotate(node).finally(() => rotations.delete(node));
      rotations.set(node, rotating);
      return rotating;
    },
    pendingCredential: pending.of,
    onPending: pending.onAdded,
    async settle(credentialId) {
      const isSuccessor = indexOf(vault.contents).byId.get(credentialId)?.replaces !== undefined;
      if (isSuccessor) await update((contents) => withUsed(contents, credentialId));
    },
    async enroll(text, enrollee) {
      const used = checkJoinToken(text, enrollee);
      const { id, secret, hash } = createSecret();
      const stored: StoredCredential = {
        ...{ id, hash, node: used.node, machineId: enrollee.machineId, createdAtMs: clock.wallMs() },
      };
      // Who comes second by a hair finds the token gone.
      await update((contents) => withEnrolled(contents, used.id, stored) ?? refuseJoinToken(used.id));
      return { text: formatSecret("credential", { id, secret }), record: credential(stored) } satisfies Issued<Credential>;
    },
    verifyApiToken(text) {
      const shown = parseSecret("api", text);
      const found = shown && vault.contents.apiTokens.find((token) => token.id === shown.id);
      if (shown === undefined || found === undefined || !isSecretOf(shown.secret, found.hash)) {
        const id = shown === undefined ? "" : ` ${shown.id}`;
        throw new AppError("IDENTITY_REFUSED", `the token${id} is not known: it was revoked, or never given out`);
      }
      if (found.expiresAtMs !== undefined && found.expiresAtMs <= clock.wallMs())
        throw new AppError("IDENTITY_EXPIRED", `the token ${found.id} of ${found.name} is past its time; create another`);
      lastUsedAtMs.set(found.id, clock.wallMs());
      return apiToken(found);
    },
  };

  async function rotate(node: string): Promise<Credential> {
    const waiting = pending.again(node);
    if (waiting !== undefined)
      return credential(indexOf(vault.contents).byId.get(waiting.id) ?? notFound(revokedMeanwhile(node)));
    const { id, secret, hash } = createSecret();
    const createdAtMs = clock.wallMs();
    const successor = { id, hash, createdAtMs };
    const contents = await update(
      (before) =>
        withSuccessor(before, node, successor) ?? notFound(`${node} has no credential: it was never enrolled, or revoked`),
    );
    pending.add(node, { id, text: formatSecret("credential", { id, secret }) });
    return credential(indexOf(contents).byId.get(id) ?? notFound(revokedMeanwhile(node)));
  }

  function checkJoinToken(text: string, { node }: Enrollee): StoredJoinToken {
    const shown = parseSecret("join", text);
    if (shown === undefined) {
      const advice = "give it whole, as `nodekeeper token create` printed it";
      throw new AppError("IDENTITY_REFUSED", `this is no join token: ${advice}`);
    }
    const found = vault.contents.joinTokens.find((token) => token.id === shown.id);
    if (found === undefined || !isSecretOf(shown.secret, found.hash)) return refuseJoinToken(shown.id);
    const context = { tokenId: found.id, node: found.node };
    if (found.expiresAtMs <= clock.wallMs())
      throw new AppError("IDENTITY_EXPIRED", `the join token ${found.id} is past its time; create another`, { context });
    if (node !== "" && node !== found.node) {
      const message = `the join token ${found.id} is for ${found.node}, and this machine calls itself ${node}`;
      throw new AppError("IDENTITY_MISMATCH", message, { context });
    }
    return found;
  }

  function credential({ hash: _, ...listed }: StoredCredential): Credential {
    return { ...listed, lastUsedAtMs: lastUsedAtMs.get(listed.id) };
  }

  function apiToken({ hash: _, ...listed }: StoredApiToken): ApiToken {
    return { ...listed, lastUsedAtMs: lastUsedAtMs.get(listed.id) };
  }
}

function joinToken({ hash: _, ...listed }: StoredJoinToken): JoinToken {
  return listed;
}

function checkTtl(
  ttlMs: number,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  what: string,
): void {
  if (ttlMs >= minimum && ttlMs <= maximum) return;
  const message = `${what} is good for ${formatDuration(minimum)} to ${formatDuration(maximum)}, not ${formatDuration(ttlMs)}`;
  throw new AppError("REQUEST_INVALID", message);
}

function hashOfKey(certificate: Uint8Array): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64url");
}

function refuseJoinToken(id: string): never {
  const message = `the join token ${id} is not known: it was used, revoked, or never given out`;
  throw new AppError("IDENTITY_REFUSED", message, { context: { tokenId: id } });
}

function revokedMeanwhile(node: string): string {
  return `the credential of ${node} was revoked meanwhile`;
}

function notFound(message: string): never {
  throw new AppError("NOT_FOUND", message);
}
