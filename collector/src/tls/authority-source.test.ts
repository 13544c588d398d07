import { X509Certificate } from "node:crypto";
import { createListeners, createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it, vi } from "vitest";
import { emptyVault, type Vault, type VaultContents } from "../identity/vault.ts";
import { createAuthoritySource } from "./authority-source.ts";
import { authorityLifetimeMs, graceMs } from "./rotation.ts";
import type { AuthoritySource } from "./tls-source.ts";

const startMs = Date.UTC(2026, 10, 23);
const dayMs = 24 * 3_600_000;

describe("createAuthoritySource", () => {
  it("makes one authority where there is none, and takes the one that is there", async () => {
    const vault = aVault();
    await using first = await start(vault, new FakeClock(startMs));
    await using second = await start(vault, new FakeClock(startMs + dayMs));

    expect(vault.contents.authorities).toHaveLength(1);
    expect(second.current.caCertificates).toEqual(first.current.caCertificates);
    expect(second.current.key).not.toBe(first.current.key);
  });

  it("takes the authority of another collector that was first", async () => {
    const vault = aVault();
    await using other = await start(vault, new FakeClock(startMs));
    const late = aVault(vault.contents);
    late.isRead = false; // it looked before the other wrote

    await using source = await start(late, new FakeClock(startMs));

    expect(late.contents.authorities).toEqual(vault.contents.authorities);
    expect(source.current.caCertificates).toEqual(other.current.caCertificates);
  });

  it("serves the certificate with its authority, which signed it", async () => {
    await using source = await start(aVault(), new FakeClock(startMs));
    const [leaf, authority] = source.current.certificateChain
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem));

    expect(authority?.raw).toEqual(source.current.caCertificates[0]);
    expect(authority !== undefined && leaf?.verify(authority.publicKey)).toBe(true);
  });

  it("begins a rotation by itself in the last year of an authority", async () => {
    const clock = new FakeClock(startMs);
    const vault = aVault();
    await using source = await start(vault, clock);

    clock.jumpWall(authorityLifetimeMs - 300 * dayMs);
    await look(clock, () => expect(source.current.caCertificates).toHaveLength(2));

    expect(vault.contents.authorities[0]?.signsFromMs).toBeGreaterThanOrEqual(clock.wallMs() + graceMs - dayMs);
    await clock.advance(600_000);
    expect(source.current.caCertificates).toHaveLength(2);
  });

  it("does not wait where the authority is past its time, as one that was made by a clock in 1970", async () => {
    const clock = new FakeClock(0);
    const vault = aVault();
    await using source = await start(vault, clock);
    const [old] = source.current.caCertificates;

    clock.jumpWall(startMs);
    await look(clock, () => expect(source.current.caCertificates[0]).not.toEqual(old));

    expect(new X509Certificate(source.current.certificateChain).validToDate.getTime()).toBeGreaterThan(startMs);
    expect(source.problems()).toEqual([]);
    await using again = await start(vault, clock);
    expect(again.current.caCertificates).toEqual(source.current.caCertificates);
  });

  it("starts well with an authority that is past its time", async () => {
    const vault = aVault();
    await using _ = await start(vault, new FakeClock(0));

    await using source = await start(vault, new FakeClock(startMs));

    expect(source.current.expiresAtMs).toBeGreaterThan(startMs);
    expect(vault.contents.authorities).toHaveLength(2);
  });

  it("keeps its authority when the clock goes far back, and says so", async () => {
    const clock = new FakeClock(startMs);
    const vault = aVault();
    await using source = await start(vault, clock);
    const before = vault.contents.authorities;

    clock.jumpWall(-2 * dayMs);
    await clock.advance(120_000);

    expect(vault.contents.authorities).toEqual(before);
    expect(source.problems()).toEqual(["the authority of the public listeners is not valid yet: is the clock right?"]);
  });

  it("says what keeps it from going on, and goes on when that is over", async () => {
    const clock = new FakeClock(startMs);
    const vault = aVault();
    await using source = await start(vault, clock);
    vault.isWritable = false;

    clock.jumpWall(authorityLifetimeMs - 300 * dayMs);
    await look(clock, () => expect(source.problems().join()).toContain("cannot be kept current: the disk is full"));
    vault.isWritable = true;

    await look(clock, () => expect(source.current.caCertificates).toHaveLength(2));
    await look(clock, () => expect(source.problems()).toEqual([]));
  });

  it("follows a vault that was replaced", async () => {
    const clock = new FakeClock(startMs);
    const vault = aVault();
    await using source = await start(vault, clock);
    const elsewhere = aVault();
    await using other = await start(elsewhere, clock);

    await vault.update(() => elsewhere.contents);

    await look(clock, () => expect(source.current.caCertificates).toEqual(other.current.caCertificates));
  });

  it("leaves no timer behind", async () => {
    const clock = new FakeClock(startMs);
    const source = await start(aVault(), clock);

    await source[Symbol.asyncDispose]();

    expect(clock.sleeperCount).toBe(0);
  });
});

function start(vault: Vault, clock: FakeClock): Promise<AuthoritySource> {
  return createAuthoritySource({
    vault,
    names: ["collector.home"],
    clock,
    random: () => 0.5,
    logger: createLogger("test", "silent"),
  });
}

/** Lets it look, as often as it takes; what makes certificates is real work. */
async function look(clock: FakeClock, expectation: () => void): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(60_000);
      expectation();
    },
    { timeout: 5_000 },
  );
}

/** A vault in memory, that can refuse to be written, or be seen as empty until it is. */
function aVault(first: VaultContents = emptyVault): Vault & { isWritable: boolean; isRead: boolean } {
  const listeners = createListeners<VaultContents>();
  let contents = first;
  return {
    isWritable: true,
    isRead: true,
    get contents() {
      return this.isRead ? contents : emptyVault;
    },
    async update(change) {
      if (!this.isWritable) throw new Error("the disk is full");
      this.isRead = true;
      contents = change(contents);
      listeners.tell(contents);
      return contents;
    },
    onChanged: listeners.add,
  };
}
