/** The policy in force: what is built in, or a file that is followed. */
import type { Clock, Logger } from "@nodekeeper/shared";
import { builtInPolicy } from "./built-in.ts";
import { followFile } from "./follow-file.ts";
import type { PolicySource } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";

/** What it needs. */
export interface OpenPolicyOptions {
  /** Undefined: what is built in. */
  readonly file: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Opens it; throws CONFIG_INVALID with every problem. Disposing ends the following. */
export async function openPolicy({ file, clock, random, logger }: OpenPolicyOptions): Promise<PolicySource & AsyncDisposable> {
  if (file === undefined) return unchanging;
  return followFile({
    ...{ file, what: "the policy", clock, random, logger },
    understand(text) {
      const read = readPolicy(text, { source: file, builtIn: builtInPolicy });
      return read.kind === "bad" ? read : { kind: "good", settings: read.policy };
    },
  });
}

const unchanging: PolicySource & AsyncDisposable = {
  current: builtInPolicy,
  problems: () => [],
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
