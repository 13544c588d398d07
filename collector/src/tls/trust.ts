/** What agents are told of whom to trust and where to dial. */

/** As the wire says it (Trust). */
export interface TrustTold {
  readonly caCertificates: readonly Uint8Array[];
  /** HOST:PORT, in order. */
  readonly addresses: readonly string[];
  readonly serverName: string;
}

/** It changes with a rotation. Undefined on a collector without public listeners: nothing is told then. */
export interface TrustSource {
  readonly current: TrustTold | undefined;
  onChanged(listener: (told: TrustTold) => void): Disposable;
}
