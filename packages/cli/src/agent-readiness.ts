/** What the agent that runs on this machine says of itself, where one runs: whether it reads, and whether its collector takes it in. */
import { defaultAddresses } from "@nodekeeper/shared";

const usual = [defaultAddresses.agentHealth, defaultAddresses.agentReportHealth];

/** It answers from memory, or is not there. */
const timeoutMs = 1_000;

/** What keeps it from being ready, in its own words; empty when it is, or when none runs where agents do by default. */
export async function agentTroubles(signal: AbortSignal, addresses: readonly string[] = usual): Promise<readonly string[]> {
  const answers = await Promise.all(addresses.map((address) => ask(address, signal)));
  return answers.flat();
}

async function ask(address: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const response = await fetch(`http://${address}/readyz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.text();
    return response.status === 503 ? text.split("\n").filter((line) => line !== "") : [];
  } catch {
    return []; // none runs there
  }
}
