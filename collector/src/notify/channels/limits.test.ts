import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { type Notice, snapshotOf } from "../notice.ts";
import { aFinding, resolved } from "../test-support/a-finding.ts";
import { startHttpDouble } from "../test-support/http-double.ts";
import { secretFiles } from "../test-support/secret-files.ts";
import { createChannel, type TransportConfig } from "./create-channel.ts";

const never = new AbortController().signal;
const needs = { clock: systemClock, linkTo: () => undefined };
const plain = { secretFile: undefined, tokenFile: undefined, basic: undefined };

function noticeOf(...items: Notice["items"]): Notice {
  return { id: "n", channel: "x", atMs: Date.UTC(2026, 0, 1), items };
}

function deliver(config: TransportConfig, notice: Notice) {
  return createChannel(config, needs).deliver(notice, never);
}

describe("what services refuse", () => {
  it("is half a character: a text that is cut holds none", async () => {
    await using double = await startHttpDouble();
    const text = `${"x".repeat(598)}\u{1f525}${"x".repeat(100)}`;
    const action = "\ud83d";
    await deliver(
      { ...plain, type: "webhook", endpoint: { url: double.url } },
      noticeOf({ telling: "firing", finding: snapshotOf(aFinding({ text, action })) }),
    );

    expect(double.received[0]?.text).not.toMatch(/\\ud[89a-f]/i);
  });

  it("is a body of megabytes: a webhook is told a storm by its loudest, and how many more there are", async () => {
    await using double = await startHttpDouble();
    const storm = Array.from({ length: 1_000 }, (_, index) => {
      const severity = index === 999 ? "high" : "medium";
      return {
        telling: "firing",
        finding: snapshotOf(aFinding({ node: `n${index}`, severity, text: "ü".repeat(500) })),
      } as const;
    });
    await deliver({ ...plain, type: "webhook", endpoint: { url: double.url } }, noticeOf(...storm));
    const { items, itemsLeftOut } = JSON.parse(double.received[0]?.text ?? "") as { items: object[]; itemsLeftOut: number };

    expect(Buffer.byteLength(double.received[0]?.text ?? "")).toBeLessThan(100_000);
    expect(items[0]).toMatchObject({ node: "n999", severity: "high" });
    expect(items.length + itemsLeftOut).toBe(1_000);
    expect(items.length).toBeGreaterThan(20);
  });

  it("is an alert that ends before it began: none does, though the clock was set back", async () => {
    await using double = await startHttpDouble();
    const later = { firingSince: new Date(systemClock.wallMs() + 86_400_000).toISOString() };
    await deliver(
      { ...plain, type: "alertmanager", url: double.url },
      noticeOf(
        { telling: "firing", finding: snapshotOf(aFinding(later)) },
        { telling: "resolved", finding: snapshotOf(resolved(aFinding(later))) },
      ),
    );
    const alerts = JSON.parse(double.received[0]?.text ?? "") as { startsAt: string; endsAt: string }[];

    expect(alerts).toHaveLength(2);
    for (const { startsAt, endsAt } of alerts) expect(Date.parse(startsAt)).toBeLessThanOrEqual(Date.parse(endsAt));
  });
});

describe("what a service says of its refusal", () => {
  it.each([150, 190, 760, 795])("holds no part of a token that stands after %i characters", async (length) => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const token = `tk_${"s3cr3t".repeat(20)}`;
    double.answer = { status: 401, text: `${"x".repeat(length)}${token}, says the door` };
    const tokenFile = await files.put("token", token);

    const delivery = await deliver({ ...plain, type: "webhook", endpoint: { url: double.url }, tokenFile }, noticeOf());
    expect(delivery).toMatchObject({ kind: "failed", problem: expect.stringContaining("401") });
    expect(JSON.stringify(delivery)).not.toMatch(/tk_|s3cr3t/);
  });
});
