/** A vault in memory that behaves as one on a disk: writing takes a while, may fail, and somebody else may write in between. */
import { AppError, createMutex } from "@nodekeeper/shared";
import { emptyVault, type Vault, type VaultContents } from "../identity/vault.ts";

/** The vault and how to disturb it. */
export interface MemoryVault extends Vault {
  /** From now on writes fail so; undefined ends it. */
  fail(failure: AppError | undefined): void;
  /** Another process writes; `update` finds out when it writes itself, or by `reread`. */
  writeAsOther(change: (contents: VaultContents) => VaultContents): void;
  /** Sees what another process wrote. */
  reread(): void;
}

/** A vault with these contents. */
export function aVault(initial: VaultContents = emptyVault): MemoryVault {
  const listeners = new Set<(contents: VaultContents) => void>();
  const inTurn = createMutex();
  let failure: AppError | undefined;
  let written = initial;
  let read = initial;

  function take(contents: VaultContents): void {
    if (contents === read) return;
    read = contents;
    for (const listener of [...listeners]) listener(contents);
  }

  return {
    get contents() {
      return read;
    },
    update: (change) =>
      inTurn(async () => {
        for (;;) {
          const before = written;
          const after = change(before);
          if (after === before) return before;
          await new Promise((resolve) => setImmediate(resolve)); // the disk
          if (failure !== undefined) throw failure;
          if (written !== before) {
            take(written);
            continue;
          }
          written = structuredClone(after);
          take(written);
          return written;
        }
      }),
    onChanged(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    fail(wanted) {
      failure = wanted;
    },
    writeAsOther(change) {
      written = structuredClone(change(written));
    },
    reread: () => take(written),
  };
}

/** What a vault says when its disk is gone. */
export const vaultIsGone: AppError = new AppError("VAULT_UNAVAILABLE", "the vault cannot be written");
