/** What the Services of Ollama's servers are called in the cluster, and what belongs to them. */
import { isIP } from "node:net";
import { type Role, roles } from "../../routing/backend.ts";

/** As an EndpointSlice calls it. One slice holds addresses of one of them. */
export type AddressFamily = "IPv4" | "IPv6";

/** Both. */
export const addressFamilies: readonly AddressFamily[] = ["IPv4", "IPv6"];

/** Name of the reconciler, and of its part of the ledger. */
export const endpointsName = "ollama-endpoints";
/** Of each Service, and of the servers behind it: a Service without selector cannot lead from one to another that differs by server. */
export const servicePort = 11434;
/** Of Service and slice; they must be the same. */
export const portName = "http";
/** The item that stands for the Service itself; all others are addresses. */
export const serviceItem = "service";
/** What is wanted of it. */
export const serviceValue: string = `${portName}:${servicePort}`;

/** All there are; each is an object of the reconciler. */
export const serviceNames: readonly string[] = roles.map(serviceName);

/** Of a kind of requests. */
export function serviceName(role: Role): string {
  return `ollama-${role}`;
}

/** Undefined: it is none of them. */
export function roleOf(service: string): Role | undefined {
  return roles.find((role) => serviceName(role) === service);
}

/** Of a Service's slice. */
export function sliceName(service: string, family: AddressFamily): string {
  return `${service}-${family.toLowerCase()}`;
}

/** Of an address. */
export function familyOf(address: string): AddressFamily {
  return isIP(address) === 6 ? "IPv6" : "IPv4";
}
