/** Answers about who may do what, and who did. No token in it was ever one. */
import type {
  ApiTokenBody,
  AuditList,
  AuthorityBody,
  CredentialBody,
  IssuedToken,
  RetiredNode,
  TokenList,
  WhoAmI,
} from "@nodekeeper/shared/api";

const at = "2026-11-22T18:04:10.000Z";

const apiToken: ApiTokenBody = {
  ...{ id: "a1b2c3d4", name: "uptime-kuma", scopes: ["health:read"], createdAt: at, createdBy: "ada" },
  lastUsedAt: at,
};

const issued: IssuedToken = { text: "nkapi_EXAMPLE", apiToken };

const tokens: TokenList = {
  joinTokens: [{ id: "e5f6a7b8", node: "bobcat", createdAt: at, createdBy: "ada", expiresAt: "2026-11-22T19:04:10.000Z" }],
  apiTokens: [apiToken],
};

const credential: CredentialBody = {
  ...{ id: "c9d0e1f2", node: "neko", machineId: "0123456789abcdef0123456789abcdef", createdAt: at, lastUsedAt: at },
};

const audit: AuditList = {
  records: [
    {
      ...{ id: 41, at, actor: { kind: "user", name: "ada" }, action: "decision.create" },
      ...{ target: { kind: "node", name: "neko" }, outcome: "done", detail: "maintenance of neko until 20:00: a new drive" },
    },
  ],
};

const authority: AuthorityBody = {
  source: "own",
  certificate: { names: ["nodekeeper.example.net"], expiresAt: "2027-02-20T18:04:10.000Z" },
  authorities: [
    {
      ...{
        subject: "CN=nodekeeper authority",
        publicKeySha256: "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
      },
      ...{ createdAt: at, expiresAt: "2036-11-22T18:04:10.000Z", isSigning: true },
      certificatePem: "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
    },
  ],
  problems: [],
};

const whoami: WhoAmI = { kind: "token", name: "uptime-kuma", scopes: ["health:read"], door: "public" };
const retired: RetiredNode = { node: "bobcat", revokedCredentials: 1 };

/** By the name of the route. */
export const accessExamples: Readonly<Record<string, object>> = {
  whoami,
  tokens,
  "token-create": issued,
  "token-revoke": { apiToken },
  credentials: { credentials: [credential] },
  "credential-rotate": credential,
  "credential-revoke": { credentials: [credential] },
  audit,
  authority,
  "authority-rotate": authority,
  "node-retire": retired,
};
