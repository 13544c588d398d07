/** Knows the credentials of enrolled machines. A credential holds as long as it is in the vault. */
import { AppError } from "@nodekeeper/shared";
import type { AgentIdentity, CredentialVerifier, IdentityChange } from "./agent-identity.ts";
import { indexOf } from "./credential-index.ts";
import { isSecretOf, parseSecret } from "./secrets.ts";
import type { StoredCredential, Vault, VaultContents } from "./vault.ts";

/** Revoked credentials of which the node is remembered, so that a refusal can say who was refused. */
const maximumRemembered = 1_000;

/** Makes the verifier. `onShown` is told of each credential that was verified. */
export function createCredentialVerifier(
  vault: Pick<Vault, "contents" | "onChanged">,
  onShown: (credential: StoredCredential) => void,
): CredentialVerifier {
  const nodeOfRevoked = new Map<string, string>();
  let known = vault.contents.credentials;
  vault.onChanged((contents) => {
    const { byId } = indexOf(contents);
    for (const { id, node } of known) if (!byId.has(id)) nodeOfRevoked.set(id, node);
    for (const oldest of nodeOfRevoked.keys()) {
      if (nodeOfRevoked.size <= maximumRemembered) break;
      nodeOfRevoked.delete(oldest);
    }
    known = contents.credentials;
  });

  return {
    recognises: (text) => parseSecret("credential", text) !== undefined,
    async verify(text) {
      const shown = parseSecret("credential", text);
      const found = shown && indexOf(vault.contents).byId.get(shown.id);
      if (shown === undefined || found === undefined) {
        const id = shown?.id;
        const node = id === undefined ? undefined : nodeOfRevoked.get(id);
        throw refused(
          `the credential${id === undefined ? "" : ` ${id}`} is not known: it was revoked, or never given out`,
          id,
          node,
        );
      }
      if (!isSecretOf(shown.secret, found.hash))
        throw refused(`the secret of credential ${found.id} is wrong`, found.id, undefined);
      onShown(found);
      return { kind: "enrolled", node: found.node, credentialId: found.id };
    },
    watch(identity, onChange) {
      if (identity.kind !== "enrolled") return { [Symbol.dispose]: () => undefined };
      let isOver = false;
      const subscription = vault.onChanged(look);
      queueMicrotask(() => look(vault.contents)); // it may have been revoked since it was verified
      return {
        [Symbol.dispose]() {
          isOver = true;
          subscription[Symbol.dispose]();
        },
      };

      function look(contents: VaultContents): void {
        if (isOver || indexOf(contents).byId.has(identityId(identity))) return;
        isOver = true;
        onChange(ended(identity));
      }
    },
  };
}

function identityId(identity: AgentIdentity): string {
  return identity.kind === "unproven" ? "" : identity.credentialId;
}

function ended(identity: AgentIdentity): IdentityChange {
  const node = identity.kind === "unproven" ? undefined : identity.node;
  const id = identityId(identity);
  return { kind: "ended", error: refused(`credential ${id} was revoked, or another took its place`, id, node) };
}

function refused(message: string, credentialId: string | undefined, node: string | undefined): AppError {
  return new AppError("IDENTITY_REFUSED", message, {
    context: { ...(credentialId === undefined ? {} : { credentialId }), ...(node === undefined ? {} : { node }) },
  });
}
