/** Forgets a node that will not come back: what lets it in first, so that it cannot come back meanwhile, then what is kept, then what is shown. */
import { AppError } from "@nodekeeper/shared";
import type { RetireNode } from "./api/route.ts";
import type { Registry } from "./identity/registry.ts";
import type { StateHolder } from "./state/holder.ts";
import type { Store } from "./store/store.ts";

/** What is to forget it. */
export interface RetireOptions {
  readonly state: Pick<StateHolder, "node" | "apply">;
  readonly registry: Pick<Registry, "credentialsOf" | "revokeCredentials">;
  readonly store: Pick<Store, "forgetNode">;
}

/** Retires nodes. Whatever fails leaves a node that is still known, and can be retired again; it says what was revoked all the same. */
export function createRetireNode({ state, registry, store }: RetireOptions): RetireNode {
  return async (name) => {
    const node = state.node(name);
    if (node === undefined) throw new AppError("NOT_FOUND", `no node is called "${name}"`);
    if (node.connection.kind === "connected") {
      throw new AppError("CONFLICT", `${name} is connected: end its agent first, or revoke its credential`);
    }
    const revoked = registry.credentialsOf(name).length === 0 ? [] : await registry.revokeCredentials(name);
    const isLockedOut = revoked.length > 0 ? "; its credential is revoked" : "";
    try {
      await store.forgetNode(name);
    } catch (thrown) {
      const { code, message } = AppError.from(thrown);
      throw new AppError(code, `${message}${isLockedOut}`, { cause: thrown });
    }
    state.apply({ kind: "retired", node: name });
    // An agent that needs no credential may have come meanwhile; a connected node stays, and its record is written again.
    if (state.node(name) !== undefined) {
      throw new AppError("CONFLICT", `${name} came back while it was retired, and stays${isLockedOut}: end its agent first`);
    }
    return { revokedCredentials: revoked.map(({ id }) => id) };
  };
}
