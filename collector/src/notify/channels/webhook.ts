/** A webhook: JSON by POST, signed where there is a secret. docs/notifications.md describes it for whoever receives it. */
import { createHmac } from "node:crypto";
import type { Notice } from "../notice.ts";
import { itemsInOrder, wordsOf } from "../render/notice-words.ts";
import type { Channel } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { readSecret } from "./secret-file.ts";
import { sendHttp } from "./send-http.ts";

/** Its configuration. */
export interface WebhookConfig {
  readonly type: "webhook";
  readonly endpoint: Endpoint;
  /** By which bodies are signed. */
  readonly secretFile: string | undefined;
  /** Sent as a bearer token. */
  readonly tokenFile: string | undefined;
}

/** What is said of a body's form. */
const form = "nodekeeper.notice/v1";
const maximumLength = 4_000;
/** Receivers refuse bodies of more than 100 kB or so, and a storm is to be told all the same. */
const maximumItemsBytes = 64_000;

/** The channel. */
export function createWebhook({ endpoint, secretFile, tokenFile }: WebhookConfig, { clock, linkTo }: ChannelNeeds): Channel {
  return {
    async deliver(notice, signal) {
      const { url, secrets } = await openEndpoint(endpoint);
      const token = tokenFile === undefined ? undefined : await readSecret(tokenFile);
      const secret = secretFile === undefined ? undefined : await readSecret(secretFile);
      const body = JSON.stringify(bodyOf(notice, linkTo));
      const headers = {
        "Nodekeeper-Notice": notice.id,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(secret === undefined ? {} : { "Nodekeeper-Signature": signatureOf(secret, body, clock.wallMs()) }),
      };
      return await sendHttp(
        { method: "POST", url, headers, body, secrets: [...secrets, token ?? "", secret ?? ""] },
        clock,
        signal,
      );
    },
  };
}

/** HMAC-SHA256 of the time, a point and the body: who receives it knows that it is ours, and not an old one. */
function signatureOf(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

function bodyOf(notice: Notice, linkTo: ChannelNeeds["linkTo"]): object {
  const { title, paragraphs, place } = wordsOf(notice, { maximumLength });
  const link = linkTo(place);
  const items = itemsOf(notice);
  const left = notice.items.length - items.length;
  return {
    form,
    id: notice.id,
    at: new Date(notice.atMs).toISOString(),
    isTest: notice.testedBy !== undefined,
    title,
    text: paragraphs.join("\n\n"),
    ...(link === undefined ? {} : { link }),
    items,
    ...(left === 0 ? {} : { itemsLeftOut: left }),
  };
}

/** The loudest first, as many as there is room for. */
function itemsOf(notice: Notice): readonly object[] {
  const items: object[] = [];
  let bytes = 0;
  for (const { telling, finding } of itemsInOrder(notice)) {
    const { key: _, findingId, ...rest } = finding;
    const item = { telling, id: findingId, ...rest };
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (bytes > maximumItemsBytes && items.length > 0) break;
    items.push(item);
  }
  return items;
}
