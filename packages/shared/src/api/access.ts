/** Who asks, and everything that lets somebody in. Bodies of the routes of the admins, and of GET /api/v1/whoami. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** A right. What each allows says the collector's identity/scope.ts. */
export const Scope = Type.Enum(["read", "health:read", "gpu:read", "metrics:read", "admin"], {
  description:
    "read: everything but the keys to the house; health:read: health of nodes, and findings; gpu:read: which GPUs and models are available; " +
    "metrics:read: /metrics; admin: everything",
});
export type Scope = Static<typeof Scope>;

/** GET /api/v1/whoami */
export const WhoAmI = Type.Object({
  kind: Type.Enum(["user", "token", "local"], {
    description: "user: a person by the login; token: whoever holds an API token; local: somebody on the collector's own machine",
  }),
  name: Type.String({ description: "of the person or of the token; `local` for whoever is on the machine" }),
  scopes: Type.Array(Scope),
  door: Type.Enum(["local", "public", "proxy", "admin"], {
    description: "by which listener the request came: loopback, HTTPS, the proxy's, or the admin socket",
  }),
  expiresAt: Type.Optional(Timestamp),
});
export type WhoAmI = Static<typeof WhoAmI>;

/** A token that buys one machine one credential, as it is listed. */
export const JoinTokenBody = Type.Object({
  id: Type.String(),
  node: Type.String({ description: "the node that it is for" }),
  createdAt: Timestamp,
  createdBy: Type.String(),
  expiresAt: Timestamp,
});
export type JoinTokenBody = Static<typeof JoinTokenBody>;

/** A token of a program that uses the API, as it is listed. */
export const ApiTokenBody = Type.Object({
  id: Type.String(),
  name: Type.String({ description: "who uses it, e.g. open-webui" }),
  scopes: Type.Array(Scope),
  createdAt: Timestamp,
  createdBy: Type.String(),
  expiresAt: Type.Optional(Timestamp),
  lastUsedAt: Type.Optional(Type.String({ format: "date-time", description: "left out: not since the collector started" })),
});
export type ApiTokenBody = Static<typeof ApiTokenBody>;

/** GET /api/v1/tokens */
export const TokenList = Type.Object({
  joinTokens: Type.Array(JoinTokenBody, { description: "not used yet, and not past their time" }),
  apiTokens: Type.Array(ApiTokenBody),
});
export type TokenList = Static<typeof TokenList>;

/** POST /api/v1/tokens */
export const TokenRequest = Type.Object(
  {
    kind: Type.Enum(["join", "api"], { description: "join: lets one machine in, once; api: lets a program use the API" }),
    node: Type.Optional(Type.String({ maxLength: 253, description: "join: the node that the machine will be" })),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: "api: who will use it" })),
    scopes: Type.Optional(Type.Array(Scope, { minItems: 1, maxItems: 16, description: "api: what it may do" })),
    ttlSeconds: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 315_360_000,
        description: "how long it is good; join: 15 minutes without it, a day at most; api: for ever without it",
      }),
    ),
  },
  { additionalProperties: false },
);
export type TokenRequest = Static<typeof TokenRequest>;

/** What POST /api/v1/tokens answers. */
export const IssuedToken = Type.Object({
  text: Type.String({ description: "the token itself; it is shown this once" }),
  joinToken: Type.Optional(JoinTokenBody),
  apiToken: Type.Optional(ApiTokenBody),
  agentAddresses: Type.Optional(
    Type.Array(Type.String(), { description: "join: where the machine dials, as HOST:PORT, tried in order" }),
  ),
});
export type IssuedToken = Static<typeof IssuedToken>;

/** DELETE /api/v1/tokens/{id} */
export const RevokedToken = Type.Object({
  joinToken: Type.Optional(JoinTokenBody),
  apiToken: Type.Optional(ApiTokenBody),
});
export type RevokedToken = Static<typeof RevokedToken>;

/** What lets an enrolled machine in, as it is listed. */
export const CredentialBody = Type.Object({
  id: Type.String(),
  node: Type.String(),
  machineId: Type.String({ description: "of the machine that was enrolled" }),
  createdAt: Timestamp,
  lastUsedAt: Type.Optional(Type.String({ format: "date-time", description: "left out: not since the collector started" })),
  replaces: Type.Optional(Type.String({ description: "the credential whose place it takes once the machine has it" })),
});
export type CredentialBody = Static<typeof CredentialBody>;

/** GET /api/v1/credentials; DELETE /api/v1/credentials/{node} answers the same of what it revoked. */
export const CredentialList = Type.Object({ credentials: Type.Array(CredentialBody) });
export type CredentialList = Static<typeof CredentialList>;

/** GET /api/v1/authority */
export const AuthorityBody = Type.Object({
  source: Type.Enum(["own", "files"], { description: "own: the collector signs its certificate; files: somebody else does" }),
  certificate: Type.Object({ names: Type.Array(Type.String()), expiresAt: Timestamp }),
  authorities: Type.Array(
    Type.Object({
      subject: Type.String(),
      publicKeySha256: Type.String({ description: "SHA-256 of its public key, base64url, as join tokens carry it" }),
      createdAt: Timestamp,
      expiresAt: Timestamp,
      certificatePem: Type.String({ description: "to be trusted by who calls the API, e.g. as --ca-file of the CLI" }),
      isSigning: Type.Boolean({ description: "whether the collector's certificate is its" }),
    }),
    { description: "whom agents are told to trust; two during a rotation" },
  ),
  problems: Type.Array(Type.String()),
});
export type AuthorityBody = Static<typeof AuthorityBody>;

/** POST /api/v1/authority/rotate */
export const AuthorityRotation = Type.Object(
  {
    isImmediate: Type.Optional(
      Type.Boolean({ description: "true: the new authority signs at once; agents that are away then have to be enrolled anew" }),
    ),
  },
  { additionalProperties: false },
);
export type AuthorityRotation = Static<typeof AuthorityRotation>;

/** DELETE /api/v1/nodes/{name} */
export const RetiredNode = Type.Object({
  node: Type.String(),
  revokedCredentials: Type.Integer({ description: "how many it had" }),
});
export type RetiredNode = Static<typeof RetiredNode>;
