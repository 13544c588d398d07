/** The shared libraries that a program of this host needs, with its loader, so that it runs in a guest which has nothing else. */
import { tryTool } from "./tool.ts";

/** Absolute paths by `ldd`; empty for a static program. */
export async function sharedLibraries(program: string): Promise<readonly string[]> {
  const listing = await tryTool("ldd", [program]);
  if (listing.exitCode !== 0) {
    if (/not a dynamic executable|statically linked/.test(listing.stdout + listing.stderr)) {
      return [];
    }
    throw new Error(`ldd ${program} ended with ${listing.exitCode}: ${listing.stderr.trim()}`);
  }
  if (listing.stdout.includes("not found")) {
    throw new Error(`${program} needs a library that is not here:\n${listing.stdout}`);
  }
  const paths = [...listing.stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map((match) => match[1]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}
