/** The ways by which agents come in. */
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Address } from "@nodekeeper/shared";
import type { TlsSource } from "../tls/tls-source.ts";

/** local: without TLS, from this machine alone, unproven. public: TLS, and everybody proves who they are. */
export type Door = "local" | "public";

/** A service and what answers its calls. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

/** A connection is kept as long as a call on it is not over, and for a while after; after a short one only where it is proven who called. */
export type KeepConnection = (
  call: { getPeer(): string; on(event: string, listener: () => void): unknown },
  isProven?: boolean,
) => void;

/** Services beside those of agents, at a door. */
export type MoreServices = (door: Door, keep: KeepConnection) => readonly GrpcService[];

/** A door and what is behind it. */
export interface DoorOptions {
  /** Port 0 takes any that is free. */
  readonly listen: Address;
  /** Undefined: without TLS. The address must then be one that only this machine can reach. */
  readonly tls: TlsSource | undefined;
  /** What is served. A connection without a call that it keeps is ended when it is idle for long. */
  services(keep: KeepConnection): readonly GrpcService[];
}

/** The doors of a collector; those that are undefined are not there. */
export interface IngestDoors {
  readonly local: Address | undefined;
  readonly public: { readonly listen: Address; readonly tls: TlsSource } | undefined;
}
