/** Which certificate the public listeners are served with. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Vault } from "../identity/vault.ts";
import { type CertificatePaths, createFileSource } from "./file-source.ts";
import type { AuthoritySource, TlsSource } from "./tls-source.ts";

/** What it needs. */
export interface TlsOptions {
  /** Somebody else's certificate; undefined: our own authority's. */
  readonly certificate: CertificatePaths | undefined;
  readonly names: readonly string[];
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The source, and the same as an authority if it is ours. */
export interface OpenedTls {
  readonly source: TlsSource;
  /** Undefined: somebody else's, who rotates it. */
  readonly authority: AuthoritySource | undefined;
}

/** Opens it. Throws CONFIG_INVALID, VAULT_MALFORMED or VAULT_UNAVAILABLE. */
export async function openTls({ certificate, ...options }: TlsOptions): Promise<OpenedTls> {
  if (certificate !== undefined)
    return { source: await createFileSource({ ...options, paths: certificate }), authority: undefined };
  // Imported only here: what makes certificates takes 17 MB of memory, which others do not need to give.
  const { createAuthoritySource } = await import("./authority-source.ts");
  const authority = await createAuthoritySource(options);
  return { source: authority, authority };
}
