/** Which methods an address knows: for who used another one. */
import type { Route } from "./route.ts";

/** An address and a method that it knows. */
export type EndpointMethod = Pick<Route, "path" | "method" | "isLong">;

/** Finds the methods of an address, as the Allow header writes them; undefined for one that no route has. */
export type FindMethods = (path: string) => string | undefined;

/** Finds among these routes. */
export function createFindMethods(routes: readonly EndpointMethod[]): FindMethods {
  const patterns = routes.map(({ path, method, isLong }) => ({
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`),
    methods: method === "GET" && isLong !== true ? ["GET", "HEAD"] : [method],
  }));
  return (path) => {
    const methods = new Set(patterns.filter(({ pattern }) => pattern.test(path)).flatMap((known) => known.methods));
    return methods.size === 0 ? undefined : [...methods].join(", ");
  };
}
