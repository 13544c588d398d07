/** ntfy: a notice by its JSON form (docs.ntfy.sh/publish, "Publish as JSON"). */
import { cutText } from "../render/cut-text.ts";
import { wordsOf } from "../render/notice-words.ts";
import type { Channel } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { readSecret } from "./secret-file.ts";
import { sendHttp } from "./send-http.ts";

/** Its configuration. */
export interface NtfyConfig {
  readonly type: "ntfy";
  /** Of the server, without the topic. */
  readonly url: string;
  /** On a server that asks nobody who they are, whoever knows the topic reads it: then it is a secret. */
  readonly topic: { readonly name: string } | { readonly file: string };
  readonly tokenFile: string | undefined;
}

/** A longer message becomes an attachment. */
const maximumBytes = 4_096;
const maximumTitleLength = 200;
/** 5 breaks through a phone's silence, 2 makes no sound. */
const priorities = { alarm: 5, calm: 3, quiet: 2 } as const;
/** ntfy shows these as symbols. */
const tags = { alarm: "rotating_light", calm: "white_check_mark", quiet: "information_source" } as const;

/** The channel. */
export function createNtfy({ url, topic, tokenFile }: NtfyConfig, { clock, linkTo }: ChannelNeeds): Channel {
  return {
    async deliver(notice, signal) {
      const name = "name" in topic ? topic.name : await readSecret(topic.file);
      const token = tokenFile === undefined ? undefined : await readSecret(tokenFile);
      const words = wordsOf(notice, { maximumLength: maximumBytes - 100, lengthOf: (text) => Buffer.byteLength(text) });
      const click = linkTo(words.place);
      const body = JSON.stringify({
        topic: name,
        title: cutText(words.title, maximumTitleLength),
        message: words.paragraphs.join("\n\n"),
        priority: priorities[words.mood],
        tags: [tags[words.mood], "nodekeeper"],
        ...(click === undefined ? {} : { click }),
      });
      const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      const secrets = [token ?? "", ...("file" in topic ? [name] : [])];
      return sendHttp({ method: "POST", url: new URL(url), headers, body, secrets }, clock, signal);
    },
  };
}
