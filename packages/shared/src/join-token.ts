/**
 * The text of a join token: `nkj_<id>_<secret>_<hash>`. The hashes are of the public keys of the collector's authorities, so that whoever got
 * the token can trust the collector at its first contact and nobody else; during a rotation of the authority there are two. Its parts are of
 * fixed length, since base64url itself has underscores.
 */

/** What a join token says. */
export interface JoinTokenParts {
  /** Names the token in lists and logs without giving it away. */
  readonly id: string;
  /** 256 random bits, base64url. */
  readonly secret: string;
  /** SHA-256 of the SubjectPublicKeyInfo (DER) of each authority to trust, base64url. One or two. */
  readonly authorityHashes: readonly string[];
}

const pattern = /^nkj_([0-9a-f]{12})_([A-Za-z0-9_-]{43})_([A-Za-z0-9_-]{43})(?:_([A-Za-z0-9_-]{43}))?$/;

/** The text, as it is given to the machine. Throws when a part is not of its form. */
export function formatJoinToken({ id, secret, authorityHashes }: JoinTokenParts): string {
  const text = ["nkj", id, secret, ...authorityHashes].join("_");
  if (!pattern.test(text)) throw new Error("a part of the join token is not of its form");
  return text;
}

/** The parts of a text; undefined when it is no join token. */
export function parseJoinToken(text: string): JoinTokenParts | undefined {
  const [, id, secret, ...hashes] = pattern.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return { id, secret, authorityHashes: hashes.filter((hash) => hash !== undefined) };
}
