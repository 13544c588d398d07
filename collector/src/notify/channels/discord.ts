/** Discord: an embed by a webhook. Nobody is mentioned, whatever a node is called. */
import { cutText } from "../render/cut-text.ts";
import { wordsOf } from "../render/notice-words.ts";
import type { Channel } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { openEndpoint } from "./endpoint.ts";
import { sendHttp } from "./send-http.ts";

/** Its configuration. */
export interface DiscordConfig {
  readonly type: "discord";
  /** Whoever knows the address may write there. */
  readonly urlFile: string;
}

/** "Embed Limits" of Discord's documentation. */
const maximumTitleLength = 256;
const maximumLength = 4_096;
const colours = { alarm: 0xd6_33_2f, calm: 0x2e_8b_57, quiet: 0x5b_7d_b1 } as const;

/** The channel. */
export function createDiscord({ urlFile }: DiscordConfig, { clock, linkTo }: ChannelNeeds): Channel {
  return {
    async deliver(notice, signal) {
      const { url, secrets } = await openEndpoint({ urlFile });
      const words = wordsOf(notice, { maximumLength, lengthOf });
      const link = linkTo(words.place);
      const body = JSON.stringify({
        allowed_mentions: { parse: [] },
        embeds: [
          {
            title: escapeDiscord(cutText(words.title, maximumTitleLength, lengthOf)),
            description: words.paragraphs.map(escapeDiscord).join("\n\n"),
            color: colours[words.mood],
            timestamp: new Date(notice.atMs).toISOString(),
            footer: { text: "nodekeeper" },
            ...(link === undefined ? {} : { url: link }),
          },
        ],
      });
      return sendHttp({ method: "POST", url, body, secrets }, clock, signal);
    },
  };
}

/** Nothing in it is markup, a mention or a link. */
export function escapeDiscord(text: string): string {
  return text
    .replace(/[\\*_~`|>#[\]()<-]/g, String.raw`\$&`)
    .replace(/@/g, "@\u200b")
    .replace(/:\/\//g, ":\u200b//");
}

function lengthOf(text: string): number {
  return escapeDiscord(text).length;
}
