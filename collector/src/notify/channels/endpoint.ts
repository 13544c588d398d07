/** Where a channel sends: an address that anybody may know, or a file that holds one that is itself the secret. */
import { readSecretUrl } from "./secret-file.ts";

/** It. */
export type Endpoint = { readonly url: string } | { readonly urlFile: string };

/** The address, and what of it must not be shown. */
export async function openEndpoint(endpoint: Endpoint): Promise<{ readonly url: URL; readonly secrets: readonly string[] }> {
  if ("url" in endpoint) return { url: new URL(endpoint.url), secrets: [] };
  const url = await readSecretUrl(endpoint.urlFile);
  const path = `${url.pathname}${url.search}`;
  return {
    url,
    secrets: [url.href, ...(path.length > 8 ? [path, ...path.split(/[/?&=]/).filter((part) => part.length > 8)] : [])],
  };
}

/** How it is shown. */
export function targetOf(endpoint: Endpoint): string {
  if ("urlFile" in endpoint) return `the address in ${endpoint.urlFile}`;
  const { origin, pathname } = new URL(endpoint.url);
  return pathname === "/" ? origin : `${origin}${pathname}`;
}
