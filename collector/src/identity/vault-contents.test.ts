import { describe, expect, it } from "vitest";
import { createAuthority } from "../tls/certificates.ts";
import { emptyVault, type StoredCredential, type VaultContents } from "./vault.ts";
import { maximumVaultBytes, parseVault, renderVault } from "./vault-contents.ts";

const place = "/var/lib/nodekeeper/vault.json";
const times = { createdAtMs: Date.UTC(2026, 0, 1), signsFromMs: Date.UTC(2026, 0, 1) };
const authority = await createAuthority(times);
const hash = "0123456789abcdef".repeat(4);
const credential: StoredCredential = { id: "c1", hash, node: "siberian", machineId: "m", createdAtMs: 1 };
const full: VaultContents = {
  version: 1,
  authorities: [authority, await createAuthority(times)],
  joinTokens: [{ id: "j1", hash, node: "siberian", createdAtMs: 1, createdBy: "cli", expiresAtMs: 2 }],
  credentials: [credential, { ...credential, id: "c2", replaces: "c1" }],
  apiTokens: [
    { id: "a1", hash, name: "open-webui", scopes: ["gpu:read"], createdAtMs: 1, createdBy: "cli" },
    { id: "a2", hash, name: "x", scopes: ["admin", "read"], createdAtMs: 1, createdBy: "cli", expiresAtMs: 2 },
  ],
};

function problemsOf(text: string): readonly unknown[] {
  try {
    parseVault(text, place);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "VAULT_MALFORMED", context: { place } });
    expect(String(thrown)).toContain(place);
    return (thrown as { readonly context: { readonly problems: readonly unknown[] } }).context.problems; // an AppError's, as was just seen
  }
  return [];
}

describe("parseVault", () => {
  it("reads what renderVault wrote", () => {
    expect(parseVault(renderVault(full), place)).toEqual(full);
    expect(parseVault(renderVault(emptyVault), place)).toEqual(emptyVault);
  });

  it.each([
    { name: "nothing", text: "" },
    { name: "half a document", text: renderVault(full).slice(0, -40) },
  ])("says of $name that it is no JSON, without quoting it", ({ text }) => {
    expect(problemsOf(text)).toEqual(["it is no JSON"]);
  });

  it("says every problem at once, by its place and not by its value", () => {
    const secret = "5ecret";
    const text = JSON.stringify({
      ...full,
      version: 2,
      credentials: [{ ...credential, hash: secret }, { ...credential, id: "c2", color: "red" }, { id: "c3" }],
    });

    const problems = problemsOf(text).join("\n");

    expect(problems).toContain("/version: must be equal to constant; was it written by a newer nodekeeper?");
    expect(problems).toContain("/credentials/0/hash: must match pattern");
    expect(problems).toContain("/credentials/1: must not have additional properties; was it written by a newer nodekeeper?");
    expect(problems).toContain("/credentials/2: must have required properties");
    expect(problems).not.toContain(secret);
  });

  it.each([
    {
      name: "a third authority",
      contents: { ...full, authorities: [authority, authority, authority] },
      problem: "/authorities: must not",
    },
    {
      name: "another's key",
      contents: { ...full, authorities: [{ ...authority, key: full.authorities[1]?.key }] },
      problem: "/authorities/0: its key is not its certificate's",
    },
    {
      name: "a key that cannot be read",
      contents: { ...full, authorities: [{ ...authority, key: "?" }] },
      problem: "/authorities/0: its certificate or key cannot be read",
    },
    {
      name: "an id twice",
      contents: { ...full, credentials: [credential, credential] },
      problem: "/credentials/1: has the id of /credentials/0",
    },
    {
      name: "a scope that there is not",
      contents: { ...full, apiTokens: [{ ...full.apiTokens[0], scopes: ["root"] }] },
      problem: "/apiTokens/0/scopes/0: must",
    },
  ])("refuses $name", ({ contents, problem }) => {
    expect(problemsOf(JSON.stringify(contents)).join("\n")).toContain(problem);
  });

  it("says so many problems and that there may be more", () => {
    const schemaProblems = problemsOf(JSON.stringify({ ...full, credentials: Array.from({ length: 100 }, () => ({})) }));
    const twice = problemsOf(JSON.stringify({ ...full, credentials: Array.from({ length: 101 }, () => credential) }));

    expect(schemaProblems.length).toBeLessThan(10);
    expect(schemaProblems.at(-1)).toBe("and perhaps more");
    expect(twice).toHaveLength(21);
    expect(twice.at(-1)).toBe("and 80 more");
  });

  it("is bounded in both directions", () => {
    const credentials = Array.from({ length: 60_000 }, (_each, at) => ({ ...credential, id: `c${at}` }));

    expect(() => renderVault({ ...full, credentials })).toThrow("the vault is full");
    expect(problemsOf(" ".repeat(maximumVaultBytes + 1))).toEqual([`it is larger than ${maximumVaultBytes} bytes`]);
  });
});
