/**
 * The texts that let somebody in: `nk<kind>_<id>_<secret>`. The id names the text in lists and logs; the secret has 256 random bits and is kept
 * as a hash only. The prefixes make a text that leaked findable by scanners.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { parseJoinToken } from "@nodekeeper/shared";

/** What a text is good for: to enroll a machine, to speak for an enrolled machine, to use the API. */
export type SecretKind = "join" | "credential" | "api";

/** A text in its parts. */
export interface SecretParts {
  readonly id: string;
  readonly secret: string;
}

/** Something new to be given out. */
export interface NewSecret extends SecretParts {
  /** What is kept of it: SHA-256, hex. */
  readonly hash: string;
}

const secretBytes = 32;
const idBytes = 6;
const prefixes = { credential: "nkc", api: "nkt" } as const;
const patterns = {
  credential: /^nkc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/,
  api: /^nkt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/,
} as const;

/** A secret that nobody had before. */
export function createSecret(): NewSecret {
  const secret = randomBytes(secretBytes).toString("base64url");
  return { id: randomBytes(idBytes).toString("hex"), secret, hash: hashOf(secret) };
}

/** The text of a credential or an API token. A join token's is made by formatJoinToken: it says whom to trust, too. */
export function formatSecret(kind: keyof typeof prefixes, { id, secret }: SecretParts): string {
  return `${prefixes[kind]}_${id}_${secret}`;
}

/** The parts of a text of a kind; undefined when it is none. */
export function parseSecret(kind: SecretKind, text: string): SecretParts | undefined {
  if (kind === "join") return parseJoinToken(text);
  const [, id, secret] = patterns[kind].exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Whether the secret is the one that was hashed; takes the same time whatever is wrong with it. */
export function isSecretOf(secret: string, hash: string): boolean {
  const expected = Buffer.from(hash, "hex");
  const shown = createHash("sha256").update(secret).digest();
  return expected.length === shown.length && timingSafeEqual(expected, shown);
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
