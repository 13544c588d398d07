import { createHmac } from "node:crypto";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { type Notice, snapshotOf, type Telling } from "../notice.ts";
import { aFinding, resolved } from "../test-support/a-finding.ts";
import { startHttpDouble } from "../test-support/http-double.ts";
import { secretFiles } from "../test-support/secret-files.ts";
import { createChannel, type TransportConfig, targetOfTransport } from "./create-channel.ts";

const never = new AbortController().signal;
const needs = { clock: systemClock, linkTo: (place: string) => `https://nk.home.example/${place}` };
const hostile = "@everyone <!channel> [x](https://evil.example) **b** `c`";

function aNotice(changes: Partial<Notice> = {}): Notice {
  const items = [{ telling: "firing", finding: snapshotOf(aFinding()) }] as const;
  return { id: "11111111-2222-3333-4444-555555555555", channel: "x", atMs: Date.UTC(2026, 0, 1, 12), items, ...changes };
}

function told(telling: Telling, changes: Parameters<typeof aFinding>[0] = {}): Notice["items"][number] {
  const finding = aFinding(changes);
  return { telling, finding: snapshotOf(telling === "resolved" ? resolved(finding) : finding) };
}

function deliver(config: TransportConfig, notice = aNotice()) {
  return createChannel(config, needs).deliver(notice, never);
}

describe("a webhook", () => {
  it("posts JSON that says everything, signed over time and body", async () => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const [secretFile, tokenFile] = [await files.put("secret", "correct horse"), await files.put("token", "t0ken")];
    const endpoint = { url: `${double.url}/notices` };

    expect(await deliver({ type: "webhook", endpoint, secretFile, tokenFile })).toEqual({ kind: "delivered" });
    const [request] = double.received;
    expect(request).toMatchObject({ method: "POST", path: "/notices" });
    expect(request?.headers).toMatchObject({
      authorization: "Bearer t0ken",
      "content-type": "application/json",
      "nodekeeper-notice": "11111111-2222-3333-4444-555555555555",
    });
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers["nodekeeper-signature"])) ?? [];
    expect(signature).toBe(createHmac("sha256", "correct horse").update(`${seconds}.${request?.text}`).digest("hex"));
    expect(Math.abs(Number(seconds) - systemClock.wallMs() / 1000)).toBeLessThan(10);
    expect(JSON.parse(request?.text ?? "")).toEqual({
      form: "nodekeeper.notice/v1",
      id: "11111111-2222-3333-4444-555555555555",
      at: "2026-01-01T12:00:00.000Z",
      isTest: false,
      title: "neko: A disk is worn out",
      text: "nvme0n1 has used 104 % of its life\nWhat to do: Replace it soon.",
      link: "https://nk.home.example/#/nodes/neko",
      items: [
        {
          ...{ telling: "firing", id: "disk-worn:neko:disk/nvme-1:1", rule: "disk-worn", title: "A disk is worn out" },
          ...{ severity: "high", node: "neko", subject: { kind: "disk", id: "nvme-1" } },
          ...{ text: "nvme0n1 has used 104 % of its life", action: "Replace it soon." },
          ...{ measure: { name: "percentage_used", level: 104 }, firingSince: "2026-01-01T00:05:00.000Z" },
        },
      ],
    });
  });

  it.each([
    [
      { status: 503, text: "over\nloaded" },
      { isPermanent: false, problem: "it answered 503: over loaded" },
    ],
    [
      { status: 429, headers: { "retry-after": "120" } },
      { isPermanent: false, retryAfterMs: 120_000 },
    ],
    [
      { status: 429, headers: { "retry-after": "999999" } },
      { isPermanent: false, retryAfterMs: 3_600_000 },
    ],
    [{ status: 408 }, { isPermanent: false }],
    [
      { status: 401, text: "who is t0ken-of-ours?" },
      { isPermanent: true, problem: expect.stringMatching(/401 \(look at the token.*: who is …\?$/) },
    ],
    [{ status: 404 }, { isPermanent: true, problem: expect.stringContaining("leads nowhere") }],
    [
      { status: 400, text: "x".repeat(5_000) },
      { isPermanent: true, problem: `it answered 400: ${"x".repeat(199)}…` },
    ],
    [
      { status: 302, headers: { location: "http://169.254.169.254/" } },
      { isPermanent: true, problem: expect.stringContaining("not followed") },
    ],
  ])("that answers %o says whether it may work later", async (answer, expected) => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    double.answer = answer;
    const tokenFile = await files.put("token", "t0ken-of-ours");

    const delivery = await deliver({ type: "webhook", endpoint: { url: double.url }, secretFile: undefined, tokenFile });
    expect(delivery).toMatchObject({ kind: "failed", ...expected });
    expect(double.received).toHaveLength(1);
    expect(JSON.stringify(delivery)).not.toContain("t0ken");
  });

  it("that nobody serves may work later, and its secret address is not told", async () => {
    await using files = await secretFiles();
    const urlFile = await files.put("url", "http://127.0.0.1:1/hooks/s3cr3tpart?key=an0ther-one");
    const config = { type: "webhook", endpoint: { urlFile }, secretFile: undefined, tokenFile: undefined } as const;

    const delivery = await deliver(config);
    expect(delivery).toMatchObject({
      kind: "failed",
      isPermanent: false,
      problem: expect.stringContaining("127.0.0.1:1 cannot be reached"),
    });
    expect(JSON.stringify([delivery, targetOfTransport(config)])).not.toMatch(/s3cr3t|an0ther/);
    expect(targetOfTransport(config)).toBe(`the address in ${urlFile}`);
  });

  it("that repeats its own address does not tell it", async () => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const urlFile = await files.put("url", `${double.url}/hooks/s3cr3tpart`);
    double.answer = { status: 404, text: "no such hook: /hooks/s3cr3tpart, nor s3cr3tpart" };

    const delivery = await deliver({ type: "discord", urlFile });
    expect(JSON.stringify(delivery)).not.toContain("s3cr3t");
  });

  it("whose secret cannot be read is told by the name of the file", async () => {
    const config = { type: "slack", urlFile: "/nowhere/url" } as const;

    await expect(deliver(config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "/nowhere/url cannot be read: there is no such file",
    });
  });
});

describe("ntfy", () => {
  it("is told title, message, priority, tags and where to click", async () => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const tokenFile = await files.put("token", "tk_1");
    const config = { type: "ntfy", url: double.url, topic: { name: "alarms" }, tokenFile } as const;
    await deliver(config);
    await deliver(config, aNotice({ items: [told("resolved")] }));
    await deliver(config, aNotice({ items: [told("advice", { severity: "low" })] }));
    const bodies = double.received.map(({ text }) => JSON.parse(text) as Record<string, unknown>);

    expect(double.received[0]).toMatchObject({ method: "POST", path: "/", headers: { authorization: "Bearer tk_1" } });
    expect(bodies[0]).toEqual({
      topic: "alarms",
      title: "neko: A disk is worn out",
      message: "nvme0n1 has used 104 % of its life\nWhat to do: Replace it soon.",
      priority: 5,
      tags: ["rotating_light", "nodekeeper"],
      click: "https://nk.home.example/#/nodes/neko",
    });
    expect(bodies.map(({ priority }) => priority)).toEqual([5, 3, 2]);
    expect(targetOfTransport(config)).toBe(`${double.url}, topic alarms`);
  });

  it("gets a message of 4096 bytes at most, whatever its letters are", async () => {
    await using double = await startHttpDouble();
    const items = Array.from({ length: 30 }, (_, index) =>
      told("firing", { node: `n${index % 15}`, rule: `r${index}`, text: "ü€".repeat(250) }),
    );
    await deliver({ type: "ntfy", url: double.url, topic: { name: "alarms" }, tokenFile: undefined }, aNotice({ items }));
    const { message } = JSON.parse(double.received[0]?.text ?? "") as { message: string };

    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096);
    expect(message).toMatch(/and 2\d more$/);
  });
});

describe("a chat", () => {
  it("of Discord shows what a node is called as it is, and mentions nobody", async () => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const items = [told("firing", { node: hostile, text: hostile.repeat(20), action: hostile.repeat(10) })];
    await deliver({ type: "discord", urlFile: await files.put("url", double.url) }, aNotice({ items }));
    const body = JSON.parse(double.received[0]?.text ?? "") as { embeds: { title: string; description: string; url: string }[] };

    expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(body.embeds[0]?.description.length).toBeLessThanOrEqual(4_096);
    expect(body.embeds[0]?.title).toContain(String.raw`@​everyone \<!channel\> \[x\]\(https:​//evil.example\) \*\*b\*\* \`c\``);
    expect(JSON.stringify(body)).not.toMatch(/@everyone|https:\/\/evil/);
  });

  it("of Slack gets plain text within its limits, with its three characters escaped", async () => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const items = Array.from({ length: 40 }, (_, index) =>
      told("firing", { node: hostile, rule: `r${index}`, text: "<>&".repeat(100) }),
    );
    await deliver({ type: "slack", urlFile: await files.put("url", double.url) }, aNotice({ items }));
    const body = JSON.parse(double.received[0]?.text ?? "") as {
      text: string;
      blocks: { type: string; text?: { type: string; text: string } }[];
    };

    expect(body.blocks.map(({ type, text }) => [type, text?.type])).toEqual([
      ["header", "plain_text"],
      ["section", "plain_text"],
      ["context", undefined],
    ]);
    expect(body.blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
    expect(body.blocks[1]?.text?.text.length).toBeLessThanOrEqual(3_000);
    expect(body.text).not.toContain("<!");
    expect(double.received[0]?.text).not.toContain("<!channel>");
  });
});

describe("Alertmanager", () => {
  const isoAfter = (ms: number) => new Date(systemClock.wallMs() + ms).toISOString();

  it("is told alerts whose labels stay the same, and when they end", async () => {
    await using double = await startHttpDouble();
    await using files = await secretFiles();
    const basic = { username: "nk", passwordFile: await files.put("password", "pass") };
    const config = { type: "alertmanager", url: `${double.url}/am/`, tokenFile: undefined, basic } as const;
    await deliver(config, aNotice({ items: [told("firing"), told("resolved", { node: "panther" })] }));
    await createChannel(config, needs).refresh?.([snapshotOf(aFinding({ text: "now 110 %" }))], never);
    const [first, second] = double.received.map(({ text }) => JSON.parse(text) as Record<string, unknown>[]);

    expect(double.received[0]).toMatchObject({
      path: "/am/api/v2/alerts",
      headers: { authorization: `Basic ${Buffer.from("nk:pass").toString("base64")}` },
    });
    expect(first?.[0]).toEqual({
      labels: {
        alertname: "disk-worn",
        node: "neko",
        severity: "critical",
        subject_kind: "disk",
        subject: "nvme-1",
        job: "nodekeeper",
      },
      annotations: {
        summary: "A disk is worn out",
        description: "nvme0n1 has used 104 % of its life",
        action: "Replace it soon.",
      },
      startsAt: "2026-01-01T00:05:00.000Z",
      endsAt: expect.any(String),
      generatorURL: "https://nk.home.example/#/nodes/neko",
    });
    expect(String(first?.[0]?.["endsAt"]) > isoAfter(14 * 60_000)).toBe(true);
    expect(first?.[1]).toMatchObject({ labels: { node: "panther" }, endsAt: "2026-01-01T02:05:00.000Z" });
    expect(second?.[0]?.["labels"]).toEqual(first?.[0]?.["labels"]);
  });

  it("is told many alerts in several requests", async () => {
    await using double = await startHttpDouble();
    const items = Array.from({ length: 450 }, (_, index) => told("firing", { node: `n${index}` }));
    await deliver({ type: "alertmanager", url: double.url, tokenFile: undefined, basic: undefined }, aNotice({ items }));

    expect(double.received.map(({ text }) => (JSON.parse(text) as unknown[]).length)).toEqual([200, 200, 50]);
  });
});

describe("a test of a channel", () => {
  it.each(["webhook", "ntfy", "discord", "slack", "alertmanager"] as const)(
    "by %s says who tests, and that nothing is wrong",
    async (type) => {
      await using double = await startHttpDouble();
      await using files = await secretFiles();
      const urlFile = await files.put("url", double.url);
      const common = { url: double.url, urlFile, endpoint: { urlFile }, secretFile: undefined, tokenFile: undefined };
      const config: TransportConfig = { ...common, type, topic: { name: "alarms" }, basic: undefined };

      expect(await deliver(config, aNotice({ items: [], testedBy: "ada" }))).toEqual({ kind: "delivered" });
      expect(double.received[0]?.text).toMatch(/ada tested th.*Nothing is wrong/);
    },
  );
});
