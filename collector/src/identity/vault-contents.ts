/**
 * The vault's document: from text to contents and back. A document is taken whole or not at all, and what is wrong with it is said all at once, by
 * place and never by value: nothing of a vault is to be found in a log.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { AppError } from "@nodekeeper/shared";
import { Type } from "typebox";
import { Settings } from "typebox/system";
import { Value } from "typebox/value";
import { type Scope, scopes } from "./scope.ts";
import type { StoredAuthority, VaultContents } from "./vault.ts";

/** No vault is larger, in bytes: some ten thousand machines outside of the cluster. */
export const maximumVaultBytes: number = 8 * 2 ** 20;

/** So many problems are said; the rest is counted. */
const maximumProblems = 20;

const atMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const id = Type.String({ pattern: "^[0-9a-zA-Z]{1,64}$" });
const hash = Type.String({ pattern: "^[0-9a-f]{64}$" });
const name = Type.String({ minLength: 1, maxLength: 253 });
const isWhole = { additionalProperties: false };

const schema = Type.Object(
  {
    version: Type.Literal(1),
    authorities: Type.Array(
      Type.Object(
        {
          certificate: Type.String({ maxLength: 8_192 }),
          key: Type.String({ maxLength: 8_192 }),
          createdAtMs: atMs,
          signsFromMs: atMs,
        },
        isWhole,
      ),
      { maxItems: 2 },
    ),
    joinTokens: Type.Array(
      Type.Object(
        { id, hash, node: name, createdAtMs: atMs, createdBy: Type.String({ maxLength: 253 }), expiresAtMs: atMs },
        isWhole,
      ),
    ),
    credentials: Type.Array(
      Type.Object(
        { id, hash, node: name, machineId: Type.String({ maxLength: 64 }), createdAtMs: atMs, replaces: Type.Optional(id) },
        isWhole,
      ),
    ),
    apiTokens: Type.Array(
      Type.Object(
        {
          id,
          hash,
          name,
          scopes: Type.Array(Type.Enum(Object.keys(scopes) as Scope[]), { minItems: 1, maxItems: 16 }), // the keys of a Record of scopes
          createdAtMs: atMs,
          createdBy: Type.String({ maxLength: 253 }),
          expiresAtMs: Type.Optional(atMs),
        },
        isWhole,
      ),
    ),
  },
  isWhole,
);

/** Reads a document. `place` names where it lies, for the error. Throws VAULT_MALFORMED with every problem. */
export function parseVault(text: string, place: string): VaultContents {
  const problems: string[] = [];
  if (Buffer.byteLength(text) > maximumVaultBytes) throw malformed(place, [`it is larger than ${maximumVaultBytes} bytes`]);
  const document = parseJson(text);
  if (document === undefined) throw malformed(place, ["it is no JSON"]); // JSON's own words would quote it
  if (Value.Check(schema, document)) {
    problems.push(...contradictions(document));
    if (problems.length === 0) return document;
  } else {
    const errors = [...Value.Errors(schema, document)];
    for (const error of errors) {
      if (error.keyword === "boolean") continue; // a property that is not known is said by its object
      problems.push(`${error.instancePath === "" ? "the document" : error.instancePath}: ${wordsOf(error)}`);
    }
    if (errors.length >= Settings.Get().maxErrors) problems.push("and perhaps more");
  }
  throw malformed(place, problems);
}

/** The document of contents, which ends with a newline. Throws VAULT_UNAVAILABLE when it would be too large to be read again. */
export function renderVault(contents: VaultContents): string {
  const text = `${JSON.stringify(contents, undefined, 1)}\n`;
  if (Buffer.byteLength(text) <= maximumVaultBytes) return text;
  throw new AppError(
    "VAULT_UNAVAILABLE",
    `the vault is full: it would be larger than ${maximumVaultBytes} bytes; revoke what is not used`,
  );
}

/** What a schema cannot say. */
function contradictions(contents: VaultContents): readonly string[] {
  const problems = contents.authorities.flatMap((authority, at) => {
    const problem = problemOf(authority);
    return problem === undefined ? [] : [`/authorities/${at}: ${problem}`];
  });
  for (const list of ["joinTokens", "credentials", "apiTokens"] as const) {
    const seen = new Map<string, number>();
    for (const [at, entry] of contents[list].entries()) {
      const first = seen.get(entry.id);
      if (first === undefined) seen.set(entry.id, at);
      else problems.push(`/${list}/${at}: has the id of /${list}/${first}`);
    }
  }
  return problems;
}

function problemOf(authority: StoredAuthority): string | undefined {
  try {
    const certificate = new X509Certificate(authority.certificate);
    if (!certificate.ca) return "its certificate is not an authority's";
    if (!certificate.checkPrivateKey(createPrivateKey(authority.key))) return "its key is not its certificate's";
    return undefined;
  } catch {
    return "its certificate or key cannot be read"; // the words of OpenSSL say no more
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no document is undefined
  }
}

function wordsOf(error: { readonly keyword: string; readonly message: string; readonly params: object }): string {
  const isOfNewer = error.keyword === "additionalProperties" || error.keyword === "const"; // the one constant is the version
  if (isOfNewer) return `${error.message}; was it written by a newer nodekeeper?`;
  return error.message;
}

function malformed(place: string, problems: readonly string[]): AppError {
  const shown = problems.slice(0, maximumProblems);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  const advice = "It is left as it is: put a good copy in its place, or move it away; a new one has a new authority.";
  const text = `the vault ${place} is not in a form that we know:\n${shown.map((each) => `  - ${each}`).join("\n")}\n${advice}`;
  return new AppError("VAULT_MALFORMED", text, { context: { place, problems: shown } });
}
