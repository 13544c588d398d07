/** Mail, as plain text. */
import { readFile } from "node:fs/promises";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { wordsOf } from "../render/notice-words.ts";
import { type Channel, type Delivery, delivered, postponed, refused } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { readSecret } from "./secret-file.ts";
import { without } from "./send-http.ts";

/** Its configuration. */
export interface SmtpConfig {
  readonly type: "smtp";
  readonly host: string;
  readonly port: number;
  /** starttls: asked for, and nothing is sent without; tls: from the first byte; none: in the open, within a house. */
  readonly security: "starttls" | "tls" | "none";
  /** Authority of the server's certificate in PEM; undefined: those that this machine trusts. */
  readonly caFile: string | undefined;
  readonly login: { readonly username: string; readonly passwordFile: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

const timeoutMs = 15_000;
const maximumLength = 20_000;

/** The channel. A connection for each notice: there are few. */
export function createSmtp(config: SmtpConfig, { linkTo }: ChannelNeeds): Channel {
  return {
    async deliver(notice, signal) {
      signal.throwIfAborted();
      const password = config.login === undefined ? undefined : await readSecret(config.login.passwordFile);
      const ca = config.caFile === undefined ? undefined : await readAuthority(config.caFile);
      const { createTransport } = await import("nodemailer"); // some MB, which only those need who write mails
      const transport = createTransport({
        ...{ host: config.host, port: config.port, secure: config.security === "tls" },
        ...{ requireTLS: config.security === "starttls", ignoreTLS: config.security === "none" },
        ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs },
        ...{ disableFileAccess: true, disableUrlAccess: true },
        tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
        ...(config.login === undefined || password === undefined
          ? {}
          : { auth: { user: config.login.username, pass: password } }),
      });
      const close = (): void => transport.close();
      signal.addEventListener("abort", close, { once: true });
      try {
        const words = wordsOf(notice, { maximumLength });
        const link = linkTo(words.place);
        const sent = await transport.sendMail({
          ...{ from: config.from, to: [...config.to], subject: `[nodekeeper] ${words.title}` },
          text: `${[...words.paragraphs, ...(link === undefined ? [] : [link])].join("\n\n")}\n`,
          messageId: `<${notice.id}@nodekeeper>`, // a mail that came twice is one
          date: new Date(notice.atMs),
          headers: { "Auto-Submitted": "auto-generated", "X-Nodekeeper-Notice": notice.id },
          ...(words.mood === "alarm" ? { priority: "high" } : {}),
        });
        const lost = (sent.rejected ?? []).map(String);
        return lost.length === 0 ? delivered : { kind: "delivered", remark: `the server refused ${lost.join(", ")}` };
      } catch (thrown) {
        return failureOf(thrown, [password ?? ""]);
      } finally {
        signal.removeEventListener("abort", close);
        transport.close();
      }
    },
  };
}

/** 5xx is for ever, 4xx and whatever happens to a connection is for now (RFC 5321, 4.2.1). */
function failureOf(thrown: unknown, secrets: readonly string[]): Delivery {
  const status =
    thrown instanceof Error && "responseCode" in thrown && typeof thrown.responseCode === "number" ? thrown.responseCode : 0;
  const problem = without(AppError.from(thrown).message.replace(/[\p{Cc}\s]+/gu, " "), secrets).slice(0, 300);
  return status >= 500 ? refused(problem) : postponed(problem);
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", `${file} cannot be read: ${systemErrorCode(cause) ?? "it is no file"}`, { cause });
  }
}
