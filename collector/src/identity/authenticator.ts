/**
 * Who agents are: it asks the verifier that recognises what was shown. What holds for every stream, whatever was shown, is decided here too: which
 * names cannot be had without proof, and which machine a credential belongs to.
 */
import { AppError } from "@nodekeeper/shared";
import type { AgentIdentity, CredentialVerifier, IdentityChange } from "./agent-identity.ts";
import type { Registry } from "./registry.ts";

/** An identity that was proven. */
export type ProvenIdentity = Exclude<AgentIdentity, { readonly kind: "unproven" }>;

/** Knows who agents are. */
export interface Authenticator {
  /** Who shows a credential. Throws AppError IDENTITY_REFUSED, IDENTITY_EXPIRED or IDENTITY_UNVERIFIABLE. */
  identify(credential: string, signal: AbortSignal): Promise<ProvenIdentity>;
  /** Throws AppError IDENTITY_CLONED when the credential was given to another machine. */
  checkMachine(identity: ProvenIdentity, machineId: string): void;
  /** Whether a credential was given out for the name, so that nobody can have it without. */
  isNameTaken(node: string): boolean;
  /** The identity was taken: what its credential takes the place of does not hold any more. */
  settle(identity: ProvenIdentity): Promise<void>;
  /** Tells what becomes of the identity, until it is disposed. */
  watch(identity: ProvenIdentity, onChange: (change: IdentityChange) => void): Disposable;
}

/** What the authenticator is made of. */
export interface AuthenticatorOptions {
  readonly registry: Pick<Registry, "credential" | "credentialsOf" | "settle">;
  /** Each for one kind of proof. */
  readonly verifiers: readonly CredentialVerifier[];
}

/** No credential of any kind is longer. */
export const maximumCredentialBytes: number = 16 * 1024;

/** Makes the authenticator. */
export function createAuthenticator({ registry, verifiers }: AuthenticatorOptions): Authenticator {
  const verifierOf = new WeakMap<ProvenIdentity, CredentialVerifier>();

  return {
    async identify(credential, signal) {
      if (Buffer.byteLength(credential) > maximumCredentialBytes)
        throw new AppError("IDENTITY_REFUSED", `the credential is longer than ${maximumCredentialBytes} bytes`);
      const verifier = verifiers.find((each) => each.recognises(credential));
      if (verifier === undefined) throw new AppError("IDENTITY_REFUSED", "the credential is of no kind that is taken here");
      const identity = await verifier.verify(credential, signal);
      if (identity.kind === "unproven") throw new AppError("INTERNAL", "a verifier proved nothing");
      verifierOf.set(identity, verifier);
      return identity;
    },
    checkMachine(identity, machineId) {
      const enrolled = identity.kind === "enrolled" ? registry.credential(identity.credentialId)?.machineId : undefined;
      // A machine that cannot say its id proves nothing by that, and one that could not when it was enrolled cannot be compared.
      if (enrolled === undefined || enrolled === "" || machineId === "" || enrolled === machineId) return;
      const advice = `if ${identity.node} was installed anew, enroll it anew; if its disk was copied, enroll the copy under a name of its own`;
      throw new AppError(
        "IDENTITY_CLONED",
        `the credential of ${identity.node} was given to the machine with machine-id ${enrolled}, and this one has ${machineId}: ${advice}`,
      );
    },
    isNameTaken: (node) => registry.credentialsOf(node).length > 0,
    settle: async (identity) => {
      if (identity.kind === "enrolled") await registry.settle(identity.credentialId);
    },
    watch: (identity, onChange) => verifierOf.get(identity)?.watch(identity, onChange) ?? { [Symbol.dispose]: () => undefined },
  };
}
