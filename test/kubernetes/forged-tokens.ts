/** Tokens that are not an agent's own: what somebody in the cluster could ask for, and what somebody outside of it could forge. */
import { createHmac } from "node:crypto";
import {
  createNamespace,
  createPod,
  createServiceAccount,
  type MadePod,
  requestAccountToken,
  requestPodToken,
} from "./cluster-objects.ts";
import { type House, names } from "./house.ts";
import { claimsOf, createIssuerKey, signToken } from "./issuer-key.ts";

/** What they are made from. */
export interface Honest {
  readonly house: House;
  readonly pod: MadePod;
  /** The pod's token. */
  readonly token: string;
}

/** One, and what must be said of it. */
export interface ForgedToken {
  readonly name: string;
  make(from: Honest): string | Promise<string>;
  readonly code: "IDENTITY_REFUSED" | "IDENTITY_EXPIRED";
  /** In the message. */
  readonly why: string;
}

/** All of them. */
export const forgedTokens: readonly ForgedToken[] = [
  {
    name: "for another audience",
    make: (from) => requestPodToken(from.house.cluster.admin, from.pod, { audience: "vault" }),
    ...{ code: "IDENTITY_REFUSED", why: "not for the audience nodekeeper" },
  },
  {
    name: "for the API server itself",
    make: (from) => requestAccountToken(from.house.cluster.admin, names.agent),
    ...{ code: "IDENTITY_REFUSED", why: "not for the audience nodekeeper" },
  },
  {
    name: "of another ServiceAccount",
    make: (from) => foreignToken(from.house, "nodekeeper", "intruder"),
    ...{
      code: "IDENTITY_REFUSED",
      why: "of the ServiceAccount nodekeeper/intruder, and agents are nodekeeper/nodekeeper-agent",
    },
  },
  {
    name: "of a ServiceAccount of that name in another namespace",
    make: (from) => foreignToken(from.house, "elsewhere", "nodekeeper-agent"),
    ...{ code: "IDENTITY_REFUSED", why: "of the ServiceAccount elsewhere/nodekeeper-agent" },
  },
  {
    name: "of no pod, as kubectl create token makes it",
    make: (from) => requestAccountToken(from.house.cluster.admin, names.agent, { audience: "nodekeeper" }),
    ...{ code: "IDENTITY_REFUSED", why: "bound to no pod" },
  },
  {
    name: "without a node, as before Kubernetes 1.30",
    make: (from) => signed(from, { "kubernetes.io": { ...own(from), node: undefined } }),
    ...{ code: "IDENTITY_REFUSED", why: "names no node: Kubernetes puts it in from version 1.30 on" },
  },
  {
    name: "with another subject than its account",
    make: (from) => signed(from, { sub: "system:serviceaccount:kube-system:admin" }),
    ...{ code: "IDENTITY_REFUSED", why: "of the ServiceAccount" },
  },
  {
    name: "past its time",
    make: (from) => signed(from, { exp: nowSeconds() - 1, nbf: nowSeconds() - 601, iat: nowSeconds() - 601 }),
    ...{ code: "IDENTITY_EXPIRED", why: "past its time" },
  },
  {
    name: "not valid yet",
    make: (from) => signed(from, { exp: nowSeconds() + 7200, nbf: nowSeconds() + 3600, iat: nowSeconds() + 3600 }),
    ...{ code: "IDENTITY_REFUSED", why: "not valid yet" },
  },
  {
    name: "without an end",
    make: (from) => signed(from, { exp: undefined }),
    ...{ code: "IDENTITY_REFUSED", why: "no end" },
  },
  {
    name: "of another issuer",
    make: (from) => signed(from, { iss: "https://issuer.example" }),
    ...{ code: "IDENTITY_REFUSED", why: "of another issuer" },
  },
  {
    name: "signed with another key that bears the name of the cluster's",
    make: (from) => signToken(createIssuerKey(), honest(from), { kid: from.house.cluster.issuerKey.id }),
    ...{ code: "IDENTITY_REFUSED", why: "signature" },
  },
  {
    name: "signed with a key that the cluster does not have",
    make: (from) => signToken(createIssuerKey(), honest(from)),
    ...{ code: "IDENTITY_REFUSED", why: "a key that the cluster does not have" },
  },
  {
    name: "with a node's name changed in it",
    make: (from) => {
      const [head, , signature] = from.token.split(".");
      const claims = { ...honest(from), "kubernetes.io": { ...own(from), node: { name: "otter" } } };
      return `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
    },
    ...{ code: "IDENTITY_REFUSED", why: "signature" },
  },
  {
    name: "signed by nobody (alg none)",
    make: (from) => `${signToken(from.house.cluster.issuerKey, honest(from), { alg: "none" }).split(".").slice(0, 2).join(".")}.`,
    ...{ code: "IDENTITY_REFUSED", why: "signed otherwise than by" },
  },
  {
    name: "signed with the public key as if it were a secret (HS256)",
    make: (from) => {
      const { id, publicKey } = from.house.cluster.issuerKey;
      const text = [{ alg: "HS256", kid: id }, honest(from)].map((part) =>
        Buffer.from(JSON.stringify(part)).toString("base64url"),
      );
      return `${text.join(".")}.${createHmac("sha256", publicKey).update(text.join(".")).digest("base64url")}`;
    },
    ...{ code: "IDENTITY_REFUSED", why: "signed otherwise than by" },
  },
  {
    name: "that names an algorithm that is not its key's",
    make: (from) => signToken(createIssuerKey("ES256"), honest(from), { kid: from.house.cluster.issuerKey.id }),
    ...{ code: "IDENTITY_REFUSED", why: "signed with ES256, and its key is for RS256" },
  },
  {
    name: "that does not name its key",
    make: (from) => signToken(from.house.cluster.issuerKey, honest(from), { kid: undefined }),
    ...{ code: "IDENTITY_REFUSED", why: "does not say who signed it" },
  },
  { name: "that is none", make: () => "eyJhbGciOiJSUzI1NiJ9.e30.", code: "IDENTITY_REFUSED", why: "" },
];

function honest({ token }: Honest): Readonly<Record<string, unknown>> {
  return claimsOf(token);
}

/** What Kubernetes itself puts in. */
function own(from: Honest): Readonly<Record<string, unknown>> {
  return Object(honest(from)["kubernetes.io"]);
}

/** With the cluster's own key, which nobody has but its API server. */
function signed(from: Honest, claims: object): string {
  return signToken(from.house.cluster.issuerKey, { ...honest(from), ...claims });
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function foreignToken({ cluster: { admin } }: House, namespace: string, name: string): Promise<string> {
  await createNamespace(admin, namespace).catch(() => undefined); // nodekeeper is there
  await createServiceAccount(admin, { namespace, name });
  const pod = await createPod(admin, { namespace, name: "intruder", node: "badger", serviceAccount: name });
  return await requestPodToken(admin, pod, { audience: names.audience });
}
