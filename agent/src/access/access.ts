/**
 * How the collector is reached now, and what proves who we are. Files are looked at before each dial and once a minute on an open stream: a mounted
 * token is replaced on its own, a machine is enrolled anew while we run. What the collector tells of itself is kept. Nothing of it is ever logged.
 */
import type { Trust } from "@nodekeeper/proto";
import { type Address, AppError, type Clock, defaultAddresses, isLoopback, systemErrorCode } from "@nodekeeper/shared";
import type { AccessConfig } from "./access-config.ts";
import { parseAddresses } from "./addresses.ts";
import { createAllowance } from "./allowance.ts";
import { authorityPem, readAuthorities } from "./authorities.ts";
import { checkKeepable, readIdentity, type StoredIdentity, writeIdentity } from "./identity-file.ts";
import { readPrivateFile } from "./read-private-file.ts";
import { createTrustMaker, type TlsTrust } from "./tls-trust.ts";
import { tokenExpiryMs } from "./token-expiry.ts";
import { createWatchedFile, type WatchedFile } from "./watched-file.ts";

/** What a dial needs. */
export interface Approach {
  /** Tried in order; at least one. */
  readonly addresses: readonly Address[];
  /** Undefined: in plain, on this machine alone. */
  readonly trust: TlsTrust | undefined;
  /** What proves who we are, in the order in which it is shown; undefined: nothing is. */
  readonly credentials: readonly (string | undefined)[];
  /** The name that the credential stands for, where we were told; else the machine's own is used. */
  readonly nodeName: string | undefined;
}

/** See above. */
export interface Access {
  /** What to dial with now. Throws CONFIG_INVALID, in words, while there is nothing good to dial with. */
  approach(): Approach;
  /** What an open stream that showed `shown` should do: show another credential, dial anew, or nothing. */
  renewal(shown: string | undefined): Renewal;
  /** Whether the files say otherwise than when `approach` was last asked: somebody mended them, and there is something new to dial with. */
  isRenewed(): boolean;
  /** How long until `renewal` is worth asking again. */
  nextLookMs(): number;
  /** The collector took us in with this one: older ones are forgotten. */
  accepted(credential: string | undefined): void;
  /** Keeps what the collector told, for the next dial; not where the machine was enrolled anew since this one was dialled. */
  learn(told: Trust): void;
  /** Keeps a successor, so that no crash can lose it; false where successors come on another way, or the machine was enrolled anew meanwhile. */
  keepSuccessor(credential: string): boolean;
  /** What is wrong, in words, one reason a line; empty when all is well. */
  problems(): readonly string[];
}

/** See Access.renewal. */
export type Renewal =
  | { readonly kind: "none" }
  | { readonly kind: "show"; readonly credential: string }
  | { readonly kind: "redial" };

/** Makes it; nothing is dialled. */
export function createAccess(config: AccessConfig, clock: Clock): Access {
  const { collectors, tokenFile, caFile, identityFile } = config;
  const ca = caFile === undefined ? undefined : createWatchedFile(caFile, readCaFile);
  const token = tokenFile === undefined ? undefined : createWatchedFile(tokenFile, readToken);
  const identity = tokenFile === undefined ? createWatchedFile(identityFile, readIdentity) : undefined;
  const trustIn = createTrustMaker();
  /** What the collector told an agent of the cluster; its mounts follow, so that it need not outlive the process. */
  let told: Pick<StoredIdentity, "caCertificates" | "addresses"> = { caCertificates: [], addresses: [] };
  /** What was dialled with, and what we kept of it since; another one in the file is of another enrollment, perhaps with another collector. */
  let dialled: StoredIdentity | undefined;
  const mayKeep = createAllowance(clock, keptAtOnce, keptEveryMs);
  /** What the files said at the last approach. */
  let approached: unknown;

  function look(): void {
    for (const file of [ca, token, identity]) file?.look();
  }

  function approach(): Approach {
    look();
    approached = filesNow();
    dialled = identity?.value;
    const { credentials, nodeName, caCertificates, givenAddresses, addresses, serverName } = known();
    const mine = [...collectors, ...parseAddresses([...givenAddresses, ...addresses])];
    if (credentials.length === 0) return plainApproach();
    if (mine.length === 0) throw new AppError("CONFIG_INVALID", "nobody says where the collector is: give --collector");
    const pems = [...(ca?.value === undefined ? [] : [ca.value]), ...caCertificates];
    if (pems.length === 0) throw new AppError("CONFIG_INVALID", problems().join("; ") || "there is nobody whom we trust");
    return { addresses: mine, trust: trustIn(pems, serverName), credentials, nodeName: nodeName || undefined };
  }

  function filesNow(): unknown {
    return [ca?.value, token?.value, identity?.value, problems()];
  }

  /** As the files say now. */
  function known(): StoredIdentity {
    if (identity?.value !== undefined) return identity.value;
    const shown = token?.value;
    if (tokenFile !== undefined && shown === undefined) throw new AppError("CONFIG_INVALID", problems().join("; "));
    const credentials = shown === undefined ? [] : [shown];
    return { nodeName: "", credentials, ...told, givenAddresses: [], serverName: config.serverName };
  }

  function plainApproach(): Approach {
    if (identity?.problem !== undefined) throw new AppError("CONFIG_INVALID", identity.problem);
    const addresses = collectors.length > 0 ? collectors : parseAddresses([defaultAddresses.collectorGrpc]);
    if (addresses.every(({ host }) => isLoopback(host)))
      return { addresses, trust: undefined, credentials: [undefined], nodeName: undefined };
    throw new AppError(
      "CONFIG_INVALID",
      `nothing proves who we are: ${identityFile} is gone; enroll again, see \`nodekeeper enroll\``,
    );
  }

  function renewal(shown: string | undefined): Renewal {
    look();
    if (identity === undefined) return showing(token?.value, shown);
    const now = identity.value;
    if (now === undefined || isSame(now, dialled)) return { kind: "none" }; // nobody but us has written it
    // What another collector gave is not for this one.
    if (shown === undefined || !isSame(trustOf(now), trustOf(dialled))) return { kind: "redial" };
    dialled = now;
    return showing(now.credentials[0], shown);
  }

  function nextLookMs(): number {
    const expiresAtMs = token?.value === undefined ? undefined : tokenExpiryMs(token.value);
    if (expiresAtMs === undefined) return lookEveryMs;
    const leftMs = expiresAtMs - beforeExpiryMs - clock.wallMs();
    return leftMs > 0 ? Math.min(lookEveryMs, leftMs) : lookEveryMs;
  }

  /** False where there is nothing to change: no identity, or one that is not of this stream. */
  function keep(changeOf: (before: StoredIdentity) => Partial<StoredIdentity>): boolean {
    identity?.look();
    const before = identity?.value;
    if (before === undefined || identity?.problem !== undefined || !isSame(before, dialled)) return false;
    const after = { ...before, ...changeOf(before) };
    if (isSame(after, before)) return true;
    checkKeepable(after);
    if (!mayKeep()) throw new AppError("RATE_LIMITED", "the collector tells something new too often");
    writeIdentity(identityFile, after);
    identity?.look();
    dialled = identity?.value;
    return true;
  }

  function learn({ caCertificates, addresses, serverName }: Trust): void {
    if (caCertificates.length > maximumTold.certificates || addresses.length > maximumTold.addresses) throw impossible();
    const pems = caCertificates.map(pemTold);
    const texts = addressesTold(addresses);
    told = { caCertificates: pems, addresses: texts.length > 0 ? texts : told.addresses };
    keep(() => ({
      ...(pems.length > 0 ? { caCertificates: pems } : {}),
      ...(texts.length > 0 ? { addresses: texts } : {}),
      ...(serverName === "" ? {} : { serverName }),
    }));
  }

  function problems(): readonly string[] {
    const files: readonly (WatchedFile<unknown> | undefined)[] = [ca, token, identity];
    return files.flatMap((file) => file?.problem ?? []);
  }

  return {
    approach,
    renewal,
    isRenewed() {
      look();
      return !isSame(filesNow(), approached);
    },
    nextLookMs,
    accepted: (credential) => {
      if (credential !== undefined) keep(() => ({ credentials: [credential] }));
    },
    learn,
    keepSuccessor: (credential) => keep(({ credentials }) => ({ credentials: withSuccessor(credentials, credential) })),
    problems,
  };
}

const lookEveryMs = 60_000;
/** A token that was replaced in time is shown at the latest so long before the old one ends. */
const beforeExpiryMs = 30_000;
/** As the wire says. */
const maximumTold = { certificates: 8, addresses: 16 };
/** The identity is written so often at once, and then once in this time: a collector that tells something else all the time wears no disk. */
const keptAtOnce = 8;
const keptEveryMs = 15_000;
/** A bundle of authorities; a token. */
const maximumBundleBytes = 1024 * 1024;
const maximumTokenBytes = 32 * 1024;

function readCaFile(path: string): string {
  try {
    const pem = readPrivateFile(path, maximumBundleBytes);
    readAuthorities(pem);
    return pem;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("CONFIG_INVALID", `the authorities in ${path} cannot be used: ${why}`, { cause });
  }
}

function readToken(path: string): string {
  let token: string;
  try {
    token = readPrivateFile(path, maximumTokenBytes).trim();
  } catch (cause) {
    const why = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : "unknown");
    throw new AppError("CONFIG_INVALID", `the token in ${path} cannot be read: ${why}`, { cause });
  }
  if (/^[\x21-\x7e]{1,16384}$/.test(token)) return token;
  throw new AppError("CONFIG_INVALID", `there is no token in ${path}`); // its content is nobody's to see
}

/** The oldest is the one by which we were taken in last: it stays, however many successors come. */
function withSuccessor(credentials: readonly string[], credential: string): readonly string[] {
  const [newest] = credentials;
  return newest === credential ? credentials : [...new Set([credential, ...credentials.slice(0, 1), ...credentials.slice(-1)])];
}

function showing(newest: string | undefined, shown: string | undefined): Renewal {
  return newest === undefined || newest === shown ? { kind: "none" } : { kind: "show", credential: newest };
}

function trustOf(identity: StoredIdentity | undefined): readonly unknown[] {
  return [identity?.caCertificates, identity?.serverName];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function pemTold(der: Uint8Array): string {
  try {
    return authorityPem(der);
  } catch {
    throw impossible();
  }
}

function addressesTold(texts: readonly string[]): readonly string[] {
  try {
    parseAddresses(texts);
    return texts;
  } catch {
    throw impossible();
  }
}

function impossible(): AppError {
  return new AppError("PROTOCOL_VIOLATION", "the collector tells certificates or addresses that cannot be");
}
