/** Service and slices as we write them. Pure. */
import { type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import { ledgerAnnotation, ledgerText } from "../support/ledger.ts";
import { type AddressFamily, endpointsName, portName, serviceItem, servicePort, serviceValue, sliceName } from "./names.ts";

/** Servers by their addresses. */
export type Endpoints = ReadonlyMap<string, string>;

/** Of all that we make. */
const partOf = { "app.kubernetes.io/managed-by": "nodekeeper", "app.kubernetes.io/part-of": "nodekeeper" };
/** Item of the ledger that says that a slice is ours, also where it is empty. */
const sliceItem = "slice";

/** A Service without selector: what it leads to is told by its slices. */
export function serviceBody(service: string, domain: string): Fields {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: service, labels: partOf, annotations: ownedBy(domain, new Map([[serviceItem, serviceValue]])) },
    spec: {
      // Where the cluster has both families, servers of either are reached.
      ipFamilyPolicy: "PreferDualStack",
      ports: [{ name: portName, port: servicePort, protocol: "TCP", targetPort: servicePort }],
    },
  };
}

/** A slice with these endpoints. It goes with its Service. */
export function sliceBody(family: AddressFamily, endpoints: Endpoints, owner: Fields, domain: string): Fields {
  const { name = "", uid = "" } = {
    name: textAt(fieldsAt(owner, "metadata"), "name"),
    uid: textAt(fieldsAt(owner, "metadata"), "uid"),
  };
  const sorted = [...endpoints].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: family,
    metadata: {
      name: sliceName(name, family),
      labels: {
        ...partOf,
        "kubernetes.io/service-name": name,
        "endpointslice.kubernetes.io/managed-by": "nodekeeper",
      },
      annotations: ownedBy(domain, new Map([[sliceItem, family], ...sorted])),
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid }],
    },
    // Left out, `ready` would mean true; a nodeName would make of a host outside a part of the cluster.
    endpoints: sorted.map(([address]) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
    })),
    ports: [{ name: portName, port: servicePort, protocol: "TCP" }],
  };
}

function ownedBy(domain: string, wrote: ReadonlyMap<string, string>): Fields {
  const entries = new Map([...wrote].map(([item, text]) => [item, { wrote: text, was: undefined }]));
  return { [ledgerAnnotation(domain)]: ledgerText(new Map([[endpointsName, entries]])) };
}
