import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "@nodekeeper/shared";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthority, issueCertificate } from "../../tls/certificates.ts";
import { type Notice, snapshotOf } from "../notice.ts";
import { aFinding } from "../test-support/a-finding.ts";
import { secretFiles } from "../test-support/secret-files.ts";
import { createSmtp, type SmtpConfig } from "./smtp.ts";

const never = new AbortController().signal;
const nowMs = systemClock.wallMs();
let tls: { readonly ca: string; readonly cert: string; readonly key: string };

beforeAll(async () => {
  const authority = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
  const issued = await issueCertificate(authority, ["127.0.0.1"], nowMs);
  tls = { ca: authority.certificate, cert: issued.certificate, key: issued.key };
});

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

/** A server of mail that lets ada in, by her password alone. */
async function startMail(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...{ cert: tls.cert, key: tls.key, authOptional: true, disableReverseLookup: true, logger: false },
    onAuth({ username, password }, _session, done) {
      if (username === "ada" && password === "correct horse") done(null, { user: username });
      else done(new Error(`no such password: ${password}`));
    },
    onRcptTo({ address }, _session, done) {
      done(address.startsWith("nobody") ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null);
    },
    onData(stream, { envelope, secure, user }, done) {
      text(stream).then((source) => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          source,
          isSecure: secure,
          user: user as string | undefined,
        });
        done();
      }, done);
    },
    ...options,
  });
  server.on("error", () => undefined); // a client that does not trust it hangs up
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo; // of a server that listens on a port
  return { mails, port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

const notice: Notice = {
  ...{ id: "11111111-2222-3333-4444-555555555555", channel: "mail", atMs: Date.UTC(2026, 0, 1, 12) },
  items: [{ telling: "firing", finding: snapshotOf(aFinding({ node: "neko\r\nBcc: evil@evil.example", text: "ü is worn" })) }],
};

async function send(port: number, changes: Partial<SmtpConfig> = {}, password = "correct horse") {
  await using files = await secretFiles();
  const config: SmtpConfig = {
    ...{ type: "smtp", host: "127.0.0.1", port, security: "starttls", from: "nk@home.example", to: ["ops@home.example"] },
    caFile: await files.put("ca", tls.ca),
    login: { username: "ada", passwordFile: await files.put("password", password) },
    ...changes,
  };
  const linkTo = (place: string) => `https://nk.home.example/${place}`;
  return await createSmtp(config, { clock: systemClock, linkTo }).deliver(notice, never);
}

describe("mail", () => {
  it("goes by STARTTLS with a password, as text, under an id that stays the same", async () => {
    await using server = await startMail();

    expect(await send(server.port)).toEqual({ kind: "delivered" });
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: "nk@home.example", to: ["ops@home.example"], isSecure: true, user: "ada" });
    expect(mail?.source).toMatch(/^Message-ID: <11111111-2222-3333-4444-555555555555@nodekeeper>\r?$/m);
    expect(mail?.source).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(mail?.source).toMatch(/^Subject: \[nodekeeper\] neko Bcc: evil@evil\.example: A disk is\r?\n? worn out\r?$/m);
    expect(mail?.source).not.toMatch(/^Bcc:/im);
    expect(mail?.source).toContain("=C3=BC is worn");
    expect(mail?.source.replaceAll("=\r\n", "")).toContain("https://nk.home.example/#/nodes/neko%0D%0ABcc");
  });

  it("goes by TLS from the first byte", async () => {
    await using server = await startMail({ secure: true });

    expect(await send(server.port, { security: "tls" })).toEqual({ kind: "delivered" });
    expect(server.mails[0]?.isSecure).toBe(true);
  });

  it("goes in the open only where that was asked for", async () => {
    await using server = await startMail({ hideSTARTTLS: true, disabledCommands: ["STARTTLS", "AUTH"] });

    expect(await send(server.port)).toMatchObject({ kind: "failed", isPermanent: expect.any(Boolean) });
    expect(server.mails).toEqual([]);
    expect(await send(server.port, { security: "none", login: undefined })).toEqual({ kind: "delivered" });
  });

  it("is not sent to a server whose certificate is not trusted", async () => {
    await using server = await startMail();

    expect(await send(server.port, { caFile: undefined })).toMatchObject({ kind: "failed", isPermanent: false });
    expect(server.mails).toEqual([]);
  });

  it("with a wrong password is refused for good, and the password is not told", async () => {
    await using server = await startMail();
    const delivery = await send(server.port, {}, "wr0ng-horse");

    expect(delivery).toMatchObject({ kind: "failed", isPermanent: true });
    expect(JSON.stringify(delivery)).not.toContain("wr0ng");
  });

  it("says who of several was refused", async () => {
    await using server = await startMail();

    expect(await send(server.port, { to: ["ops@home.example", "nobody@home.example"] })).toEqual({
      kind: "delivered",
      remark: "the server refused nobody@home.example",
    });
    expect(await send(server.port, { to: ["nobody@home.example"] })).toMatchObject({ kind: "failed", isPermanent: true });
  });

  it("may work later where the server says so, or is away", async () => {
    const busy = Object.assign(new Error("try later"), { responseCode: 451 });
    await using server = await startMail({ onMailFrom: (_address, _session, done) => done(busy) });

    expect(await send(server.port)).toMatchObject({
      kind: "failed",
      isPermanent: false,
      problem: expect.stringContaining("451"),
    });
    expect(await send(1)).toMatchObject({ kind: "failed", isPermanent: false, problem: expect.stringContaining("ECONNREFUSED") });
  });
});
