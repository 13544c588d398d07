import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { awaitVault } from "./await-vault.ts";

const away = new AppError("VAULT_UNAVAILABLE", "the vault Secret nodekeeper/vault: it cannot be read: connect ECONNREFUSED");

/** A vault that opens after some time, or fails in another way. */
function waiting({ openFromMs = Number.POSITIVE_INFINITY, error = away }) {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const asked: number[] = [];
  const open = async (): Promise<string> => {
    asked.push(clock.monotonicMs());
    if (clock.monotonicMs() < openFromMs) throw error;
    return "the vault";
  };
  const options = { clock, random: () => 0.5, logger: createLogger("test", "silent"), signal: stopping.signal };
  const outcome = awaitVault(open, options).catch((thrown: unknown) => thrown);
  return { clock, stopping, asked, outcome };
}

describe("waiting for the vault", () => {
  it("goes on until the API server answers, less and less often", async () => {
    const { clock, asked, outcome } = waiting({ openFromMs: 20_000 });

    await clock.advance(60_000);

    expect(await outcome).toBe("the vault");
    expect(asked).toEqual([0, 500, 2_500, 7_000, 15_000, 25_000]);
  });

  it("ends after a minute with what was wrong", async () => {
    const { clock, asked, outcome } = waiting({});

    await clock.advance(60_000);

    expect(await outcome).toBe(away);
    expect(asked.at(-1)).toBe(60_000);
    expect(clock.sleeperCount).toBe(0);
  });

  it("does not begin for a vault that no waiting mends", async () => {
    const error = new AppError("VAULT_MALFORMED", "it is no JSON");

    expect(await waiting({ error }).outcome).toBe(error);
  });

  it("ends when the collector is stopped", async () => {
    const { clock, stopping, outcome } = waiting({});
    await clock.advance(1_000);

    stopping.abort();

    expect(await outcome).toMatchObject({ name: "AbortError" });
    expect(clock.sleeperCount).toBe(0);
  });
});
