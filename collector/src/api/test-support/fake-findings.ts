/** Findings that a test makes and resolves. */
import type { Finding } from "@nodekeeper/shared/api";
import type { Findings } from "../../evaluate/findings.ts";

/** Findings under a test's control. */
export class FakeFindings implements Findings {
  readonly #open = new Map<string, Finding>();
  readonly #listeners = new Set<(changed: readonly Finding[]) => void>();

  all(): readonly Finding[] {
    return [...this.#open.values()];
  }

  ofNode(name: string): readonly Finding[] {
    return this.all().filter((finding) => finding.node === name);
  }

  recoveredAtMs(): number | undefined {
    return undefined;
  }

  subscribe(listener: (changed: readonly Finding[]) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Opens a finding, or changes it, or resolves it: as its `state` says. */
  put(finding: Finding): void {
    if (finding.state === "resolved") this.#open.delete(finding.id);
    else this.#open.set(finding.id, finding);
    for (const listener of this.#listeners) listener([finding]);
  }
}

/** A firing finding of high severity on /, but for what the test cares about. */
export function aFinding(node: string, changes: Partial<Finding> = {}): Finding {
  return {
    id: `disk-nearly-full/${node}/filesystem//`,
    rule: "disk-nearly-full",
    title: "A filesystem is nearly full",
    severity: "high",
    state: "firing",
    node,
    subject: { kind: "filesystem", id: "/" },
    text: "/ is 96 % full",
    action: "Remove what is not needed, or enlarge the filesystem.",
    evidence: [{ name: "used_percent", value: 96, observedAt: "2026-01-01T00:00:00.000Z" }],
    pendingSince: "2026-01-01T00:00:00.000Z",
    firingSince: "2026-01-01T00:05:00.000Z",
    isHeld: false,
    ...changes,
  };
}
