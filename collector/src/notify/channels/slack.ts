/** Slack: blocks of plain text by an incoming webhook, in which nothing is markup and nobody is mentioned. */
import { cutText } from "../render/cut-text.ts";
import { wordsOf } from "../render/notice-words.ts";
import type { Channel } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { openEndpoint } from "./endpoint.ts";
import { sendHttp } from "./send-http.ts";

/** Its configuration. */
export interface SlackConfig {
  readonly type: "slack";
  /** Whoever knows the address may write there. */
  readonly urlFile: string;
}

/** Of a header block, and of the text of a section. */
const maximumTitleLength = 150;
const maximumLength = 3_000;
const symbols = { alarm: "\u{1f534}", calm: "\u{1f7e2}", quiet: "\u{1f535}" } as const;

/** The channel. */
export function createSlack({ urlFile }: SlackConfig, { clock, linkTo }: ChannelNeeds): Channel {
  return {
    async deliver(notice, signal) {
      const { url, secrets } = await openEndpoint({ urlFile });
      const words = wordsOf(notice, { maximumLength, lengthOf });
      const title = `${symbols[words.mood]} ${words.title}`;
      const link = linkTo(words.place);
      const body = JSON.stringify({
        text: escapeSlack(title), // what a phone's notification shows
        mrkdwn: false,
        unfurl_links: false,
        blocks: [
          { type: "header", text: plain(cutText(title, maximumTitleLength, lengthOf)) },
          { type: "section", text: plain(words.paragraphs.join("\n\n")) },
          ...(link === undefined ? [] : [linkBlock(link)]),
        ],
      });
      return sendHttp({ method: "POST", url, body, secrets }, clock, signal);
    },
  };
}

/** The three characters that steer Slack's markup: no link, no mention, no date comes of it. */
export function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function plain(text: string): object {
  return { type: "plain_text", text: escapeSlack(text), emoji: false };
}

/** The address is ours, and what a node is called is encoded in it. */
function linkBlock(link: string): object {
  return {
    type: "context",
    elements: [{ type: "mrkdwn", text: `<${escapeSlack(link).replaceAll("|", "%7C")}|Open nodekeeper>` }],
  };
}

function lengthOf(text: string): number {
  return escapeSlack(text).length;
}
