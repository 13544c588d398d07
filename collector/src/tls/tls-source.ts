/** What the public listeners are served with, and whom others must trust for it. It changes while the collector runs, and no stream ends for that. */

/** A certificate with its key. */
export interface TlsMaterial {
  /** PEM: the certificate, then those between it and its authority, then the authority. */
  readonly certificateChain: string;
  /** PEM. */
  readonly key: string;
  /** DER, of every authority that agents should trust now: during a rotation the next one too. */
  readonly caCertificates: readonly Uint8Array[];
  readonly expiresAtMs: number;
}

/** Where it comes from: our own authority, or files that somebody else keeps (cert-manager). */
export interface TlsSource extends AsyncDisposable {
  readonly current: TlsMaterial;
  onChanged(listener: (material: TlsMaterial) => void): Disposable;
  /** What is wrong, one reason a line: files that cannot be read, a certificate past its time. Empty when all is well. */
  problems(): readonly string[];
}

/** Our own authority, whose certificates can be renewed on request. */
export interface AuthoritySource extends TlsSource {
  /**
   * Brings in a new authority, which is trusted at once and signs only after agents had time to hear of it, or with `isImmediate` at once. While
   * one waits to sign another throws CONFLICT; `isImmediate` ends its waiting.
   */
  rotate(options: { readonly isImmediate: boolean }): Promise<void>;
}
