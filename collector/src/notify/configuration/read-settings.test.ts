import { readFileSync } from "node:fs";
import { Value } from "typebox/value";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { NotificationsFile } from "./notifications-file.ts";
import { readSettings } from "./read-settings.ts";

const docs = new URL("../../../../docs/", import.meta.url);
const schema = new URL("notifications.schema.json", docs);
const page = readFileSync(new URL("notifications.md", docs), "utf8");

function problemsOf(text: string): readonly string[] {
  const read = readSettings(text, "n.yaml");
  return read.kind === "bad" ? read.problems : [];
}

describe("the file of notifications", () => {
  it("is read whole", () => {
    const read = readSettings(
      [
        "version: 1",
        "externalUrl: https://nk.home.example/",
        "gather: 10s",
        "heartbeat: { urlFile: /s/beat, method: POST, every: 2m }",
        "channels:",
        "  phone: { type: ntfy, url: https://ntfy.home.example, topic: nk, tokenFile: /s/t, severities: [high, medium], mostPerHour: 5 }",
        "  mail: { type: smtp, host: mail.home.example, from: nk@home.example, to: [ops@home.example], advice: false }",
        "  am: { type: alertmanager, url: http://am:9093 }",
      ].join("\n"),
      "n.yaml",
    );

    expect(read).toEqual({
      kind: "good",
      settings: {
        externalUrl: "https://nk.home.example",
        heartbeat: { endpoint: { urlFile: "/s/beat" }, method: "POST", everyMs: 120_000 },
        channels: [
          {
            name: "phone",
            transport: { type: "ntfy", url: "https://ntfy.home.example", topic: { name: "nk" }, tokenFile: "/s/t" },
            ...{ severities: ["high", "medium"], advice: true, gatherMs: 10_000, gatherAdviceMs: 900_000, mostPerHour: 5 },
          },
          {
            name: "mail",
            transport: {
              ...{
                type: "smtp",
                host: "mail.home.example",
                port: 587,
                security: "starttls",
                caFile: undefined,
                login: undefined,
              },
              ...{ from: "nk@home.example", to: ["ops@home.example"] },
            },
            ...{ severities: ["high"], advice: false, gatherMs: 10_000, gatherAdviceMs: 900_000, mostPerHour: 30 },
          },
          {
            name: "am",
            transport: { type: "alertmanager", url: "http://am:9093", tokenFile: undefined, basic: undefined },
            ...{ severities: ["high"], advice: false, gatherMs: 0, gatherAdviceMs: 900_000, mostPerHour: Infinity },
          },
        ],
      },
    });
  });

  it("that is wrong is told with everything that is wrong, by line and column", () => {
    const text = [
      "version: 2",
      "chanels: {}",
      "gather: 30",
      "heartbeat: { url: https://user:pass@beat.example, urlFile: relative, every: 1s }",
      "channels:",
      "  Phone: { type: ntfyy }",
      "  hook: { type: webhook, secretfile: abc }",
      "  mail: { type: smtp, security: none, username: ada, passwordFile: /s/p, from: nobody, to: [] }",
      "  am: { type: alertmanager, url: ftp://am, tokenFile: /t, severities: [critical] }",
      "  chat: { type: slack, url: https://hooks.example }",
      "  none:",
    ].join("\n");

    expect(problemsOf(text)).toEqual([
      "n.yaml:1:10: version: this nodekeeper reads version 1",
      'n.yaml:2:1: chanels: there is no such key; did you mean "channels"?',
      'n.yaml:3:9: gather: expected a time such as 500ms, 30s, 5m, 12h or 7d, got "30"',
      "n.yaml:4:12: heartbeat: needs url, or urlFile where the address is a secret, not both",
      "n.yaml:4:19: heartbeat.url: no user and no password here; secrets lie in files",
      "n.yaml:4:60: heartbeat.urlFile: expected the path of a file from the root on, e.g. /etc/nodekeeper/secrets/token",
      "n.yaml:4:77: heartbeat.every: at least 10s, got 1s",
      "n.yaml:6:3: channels.Phone: expected a name of small letters, digits and -",
      'n.yaml:6:18: channels.Phone.type: expected webhook, ntfy, discord, slack, smtp or alertmanager, got "ntfyy"; did you mean "ntfy"?',
      "n.yaml:7:9: channels.hook: needs url, or urlFile where the address is a secret",
      'n.yaml:7:26: channels.hook.secretfile: there is no such key; did you mean "secretFile"?',
      "n.yaml:8:9: channels.mail: host is missing",
      "n.yaml:8:9: channels.mail: a password is not sent in the open; use security: starttls or tls",
      "n.yaml:8:80: channels.mail.from: expected an address such as ops@home.example",
      "n.yaml:8:92: channels.mail.to: nobody is named",
      "n.yaml:9:34: channels.am.url: expected an address such as https://hooks.home.example/notices",
      expect.stringMatching(/^n\.yaml:9:\d+: channels\.am\.severities\[0\]: expected low, medium or high, got "critical"/),
      "n.yaml:10:9: channels.chat: urlFile is missing",
      "n.yaml:10:24: channels.chat.url: there is no such key; there are type, urlFile, severities, advice, mostPerHour",
      "n.yaml:11:7: channels.none: type is missing, one of webhook, ntfy, discord, slack, smtp, alertmanager",
    ]);
  });

  it.each([
    ["", "it is empty"],
    ["channels: {}", "version is missing"],
    ["version: 1\nversion: 1", "this key stands there twice"],
    ["version: 1\nchannels: []", "here stands a map"],
    ["version: 1\nheartbeat:", "nothing stands here"],
    ["version: [", "it is no YAML"],
    [
      `version: 1\nchannels: { ${Array.from({ length: 21 }, (_, n) => `c${n}: { type: slack, urlFile: /u }`).join(", ")} }`,
      "at most 20",
    ],
  ])("%# says what is wrong with it", (text, problem) => {
    expect(problemsOf(text).join("\n")).toContain(problem);
  });
});

describe("docs/notifications.schema.json", () => {
  it("is the form of the reader; print it anew where it is not", () => {
    expect(JSON.parse(readFileSync(schema, "utf8"))).toEqual(JSON.parse(JSON.stringify(NotificationsFile)));
  });

  it.each([
    ["the least", "version: 1", true],
    ["no version", "channels: {}", false],
    ["a heartbeat", "version: 1\nheartbeat: { url: 'https://a.example', every: 30s }", true],
    ["a method that nobody knows", "version: 1\nheartbeat: { url: 'https://a.example', method: PUT }", false],
    ["a chat without its address", "version: 1\nchannels: { a: { type: discord } }", false],
    ["a chat", "version: 1\nchannels: { a: { type: discord, urlFile: /u } }", true],
    ["a key of another type", "version: 1\nchannels: { a: { type: discord, urlFile: /u, topic: b } }", false],
    ["a topic that ntfy refuses", "version: 1\nchannels: { a: { type: ntfy, url: 'https://a.example', topic: 'a b' } }", false],
    ["nobody to write to", "version: 1\nchannels: { a: { type: smtp, host: a, from: b@c, to: [] } }", false],
    ["no severity", "version: 1\nchannels: { a: { type: slack, urlFile: /u, severities: [] } }", false],
    ["too many an hour", "version: 1\nchannels: { a: { type: slack, urlFile: /u, mostPerHour: 1001 } }", false],
  ])("and the reader agree on %s", (_, text, isGood) => {
    expect(Value.Check(NotificationsFile, parse(text))).toBe(isGood);
    expect(problemsOf(text).length === 0).toBe(isGood);
  });
});

describe("docs/notifications.md", () => {
  const examples = [...page.matchAll(/```yaml\n(version: 1\n[\s\S]*?)```/g)].map(([, text = ""]) => text);

  it("shows files that are good", () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const text of examples) expect(problemsOf(text)).toEqual([]);
  });

  it("shows each type of channel", () => {
    for (const type of ["webhook", "ntfy", "discord", "slack", "smtp", "alertmanager"]) {
      expect(examples.join()).toContain(`type: ${type}`);
    }
  });
});
