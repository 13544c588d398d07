/** What the register makes of the vault's contents. Pure: a change is asked anew when another writer was there first. */
import { AppError } from "@nodekeeper/shared";
import type { StoredApiToken, StoredCredential, StoredJoinToken, VaultContents } from "./vault.ts";

/** Bounds of the register: what nobody needs, and what a Secret of a cluster could not hold. */
export const maximumJoinTokens = 1_000;
/** As above. */
export const maximumApiTokens = 1_000;
/** As many as there may be nodes; a node's credential and its successors count each. */
export const maximumCredentials = 20_000;

/** What is past its time is kept so long, so that whoever shows it is told that it is. */
const keepExpiredMs = 24 * 3_600_000;
/**
 * Successors of one credential that are good at the same time. There are several where the collector was restarted in the middle of rotations: the
 * agent may have got any of them.
 */
const maximumSuccessors = 4;

/** Without what is past its time for long. */
export function sweep(contents: VaultContents, nowMs: number): VaultContents {
  const isKept = ({ expiresAtMs }: { readonly expiresAtMs?: number }): boolean =>
    expiresAtMs === undefined || expiresAtMs + keepExpiredMs > nowMs;
  if (contents.joinTokens.every(isKept) && contents.apiTokens.every(isKept)) return contents;
  return { ...contents, joinTokens: contents.joinTokens.filter(isKept), apiTokens: contents.apiTokens.filter(isKept) };
}

/** With another join token. Throws CONFLICT when there are too many. */
export function withJoinToken(contents: VaultContents, token: StoredJoinToken): VaultContents {
  refuseAbove(contents.joinTokens.length + 1, maximumJoinTokens, "join tokens");
  return { ...contents, joinTokens: [...contents.joinTokens, token] };
}

/** With another token of the API. Throws CONFLICT when there are too many, or one of its name. */
export function withApiToken(contents: VaultContents, token: StoredApiToken, nowMs: number): VaultContents {
  refuseAbove(contents.apiTokens.length + 1, maximumApiTokens, "API tokens");
  const twin = contents.apiTokens.find((each) => each.name === token.name && (each.expiresAtMs ?? nowMs + 1) > nowMs);
  if (twin !== undefined)
    throw new AppError("CONFLICT", `there is a token for ${token.name} already: revoke ${twin.id}, or give another name`);
  return { ...contents, apiTokens: [...contents.apiTokens, token] };
}

/** Without the join token or token of the API of this id; undefined when there is none. */
export function withoutToken(contents: VaultContents, id: string): VaultContents | undefined {
  const isOther = (token: { readonly id: string }): boolean => token.id !== id;
  if (contents.joinTokens.every(isOther) && contents.apiTokens.every(isOther)) return undefined;
  return {
    ...contents,
    joinTokens: contents.joinTokens.filter(isOther),
    apiTokens: contents.apiTokens.filter(isOther),
  };
}

/** A join token used up for a credential, which takes the place of all others of its node. Undefined when the token is not there any more. */
export function withEnrolled(contents: VaultContents, tokenId: string, credential: StoredCredential): VaultContents | undefined {
  if (!contents.joinTokens.some((token) => token.id === tokenId)) return undefined;
  const others = contents.credentials.filter((each) => each.node !== credential.node);
  refuseAbove(others.length + 1, maximumCredentials, "credentials");
  return {
    ...contents,
    joinTokens: contents.joinTokens.filter((token) => token.id !== tokenId),
    credentials: [...others, credential],
  };
}

/** With a successor of the node's credential beside it; undefined when the node has none. The oldest of too many successors goes. */
export function withSuccessor(
  contents: VaultContents,
  node: string,
  successor: Pick<StoredCredential, "id" | "hash" | "createdAtMs">,
): VaultContents | undefined {
  const current = currentCredential(contents, node);
  if (current === undefined) return undefined;
  const former = contents.credentials.filter((each) => each.replaces === current.id).toSorted(byAge);
  const dropped = new Set(former.slice(0, Math.max(0, former.length + 1 - maximumSuccessors)));
  const kept = contents.credentials.filter((each) => !dropped.has(each));
  refuseAbove(kept.length + 1, maximumCredentials, "credentials");
  const { machineId } = current;
  return { ...contents, credentials: [...kept, { ...successor, node, machineId, replaces: current.id }] };
}

/** The successor was used: it takes the place of its predecessor and of all other successors. The same contents when there is nothing to do. */
export function withUsed(contents: VaultContents, id: string): VaultContents {
  const used = contents.credentials.find((each) => each.id === id);
  if (used?.replaces === undefined) return contents;
  const { replaces, ...settled } = used;
  return {
    ...contents,
    credentials: contents.credentials.flatMap((each) => {
      if (each === used) return settled;
      return each.id === replaces || each.replaces === replaces ? [] : each;
    }),
  };
}

/** The node's credential that was used last; its successors do not count before they are. */
export function currentCredential(contents: VaultContents, node: string): StoredCredential | undefined {
  return contents.credentials.find((each) => each.node === node && each.replaces === undefined);
}

function byAge(a: StoredCredential, b: StoredCredential): number {
  return a.createdAtMs - b.createdAtMs;
}

function refuseAbove(count: number, maximum: number, what: string): void {
  if (count <= maximum) return;
  throw new AppError(
    "CONFLICT",
    `there are ${maximum} ${what} already, which is all that are kept: revoke some that nobody needs`,
  );
}
