/** What a finding is called on the command line: its id names rule, node and disk, and nobody types that at night. */
import { createHash } from "node:crypto";

/** Six hex digits; the same finding has the same ones for as long as it lives. Two may share them, which whoever reads them must see to. */
export function findingHandle(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 6);
}

/** Whether a word may be one. */
export function isHandle(text: string): boolean {
  return /^[0-9a-f]{6}$/.test(text);
}
