/** A Service and its slices as they lie in the cluster, by what was read of them last. */
import type { Fields } from "@nodekeeper/shared";
import type { AddressFamily } from "./names.ts";

/** One Service. */
export interface ServiceObjects {
  /** Undefined: there is none. */
  readonly service: Fields | undefined;
  /** Those that there are. */
  readonly slices: ReadonlyMap<AddressFamily, Fields>;
}

/** What is known of them. */
export interface ServicesView {
  /** Undefined: it was not read yet. */
  of(service: string): ServiceObjects | undefined;
}

/** All of it, for who reads and writes. */
export interface Services extends ServicesView {
  /** As they are now. What is known is that from now on. */
  read(service: string, signal: AbortSignal): Promise<ServiceObjects>;
  /** Called when another thing is known than before. */
  onChanged(listener: () => void): Disposable;
  /** Why they cannot be read, with what to do. */
  problems(): readonly string[];
}

/** Where nobody looks. */
export const noServices: Services = {
  of: () => undefined,
  read: () => Promise.reject(new Error("there is no cluster to read Services from")),
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  problems: () => [],
};
