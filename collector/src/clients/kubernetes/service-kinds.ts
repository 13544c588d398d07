/** Services of a namespace, and the slices of addresses that they lead to. */
import type { ObjectKind } from "./object-kind.ts";

/** Where they are. */
export function serviceKinds(namespace: string): Readonly<Record<"services" | "slices", ObjectKind>> {
  const place = `namespaces/${encodeURIComponent(namespace)}`;
  return {
    services: { path: `/api/v1/${place}/services`, kind: "Service" },
    slices: { path: `/apis/discovery.k8s.io/v1/${place}/endpointslices`, kind: "EndpointSlice" },
  };
}
