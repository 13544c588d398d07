/** Many machines enrolled at once, without the ceremony: a vault that holds their credentials before the collector starts. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecret, formatSecret } from "../../collector/src/identity/secrets.ts";
import { emptyVault, type StoredCredential, type VaultContents } from "../../collector/src/identity/vault.ts";

/** A machine that is enrolled. */
export interface EnrolledMachine {
  readonly node: string;
  readonly machineId: string;
  /** As after "Bearer ". */
  readonly credential: string;
}

/** Writes the vault of a data folder that has none yet. */
export async function prepareVault(dataDir: string, nodes: readonly string[]): Promise<readonly EnrolledMachine[]> {
  const made = nodes.map((node) => {
    const secret = createSecret();
    const machineId = randomBytes(16).toString("hex");
    const stored: StoredCredential = { id: secret.id, hash: secret.hash, node, machineId, createdAtMs: Date.now() };
    return { stored, machine: { node, machineId, credential: formatSecret("credential", secret) } };
  });
  const contents: VaultContents = { ...emptyVault, credentials: made.map(({ stored }) => stored) };
  await mkdir(dataDir, { recursive: true });
  await writeFile(vaultFile(dataDir), JSON.stringify(contents), { mode: 0o600, flag: "wx" });
  return made.map(({ machine }) => machine);
}

/** Certificates of the authority that the collector made when it started, PEM. */
export async function authoritiesOf(dataDir: string): Promise<readonly string[]> {
  const { authorities } = JSON.parse(await readFile(vaultFile(dataDir), "utf8")) as VaultContents; // our own collector wrote it
  return authorities.map(({ certificate }) => certificate);
}

function vaultFile(dataDir: string): string {
  return join(dataDir, "vault.json");
}
