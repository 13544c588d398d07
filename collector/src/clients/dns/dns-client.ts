/** Asks the name servers of this machine; not its hosts file, nor its search list. */
import { Resolver } from "node:dns/promises";
import { AppError } from "@nodekeeper/shared";

/** Name servers that are asked. */
export interface DnsClient {
  /** IPv4 and IPv6 addresses; empty where a server says that there are none. Throws PEER_UNREACHABLE where none could tell of either. */
  addressesOf(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** How they are asked. */
export interface DnsOptions {
  /** e.g. 127.0.0.1:5353; default: those of /etc/resolv.conf, read anew at each question. */
  readonly servers?: readonly string[];
  /** How long one server is waited for, the first time; the second try waits longer. Default 2 s. */
  readonly timeoutMs?: number;
}

/** Opens nothing yet. */
export function createDnsClient({ servers, timeoutMs = 2_000 }: DnsOptions = {}): DnsClient {
  return {
    async addressesOf(name, signal) {
      signal.throwIfAborted();
      const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
      if (servers !== undefined) resolver.setServers(servers);
      const cancel = (): void => resolver.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        const families = await Promise.all([none(resolver.resolve4(name)), none(resolver.resolve6(name))]);
        return families.flat();
      } catch (thrown) {
        if (signal.aborted) throw AppError.from(signal.reason);
        throw new AppError("PEER_UNREACHABLE", `${name} could not be resolved: ${codeOf(thrown)}`, { cause: thrown });
      } finally {
        signal.removeEventListener("abort", cancel);
        resolver.cancel(); // the other family, where one failed
      }
    },
  };
}

/** That there is no such name, or that it has no address of this family, is an answer. */
async function none(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await asked;
  } catch (thrown) {
    if (["ENOTFOUND", "ENODATA"].includes(codeOf(thrown))) return [];
    throw thrown;
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}
