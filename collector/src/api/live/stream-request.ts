/** What a client of the stream asks for in its URL. */

import { AppError } from "@nodekeeper/shared";
import type { StreamQuery } from "@nodekeeper/shared/api";
import { type Topics, topicsOf } from "./topics.ts";

/** The request, read. */
export interface StreamRequest {
  /** The node whose detail it wants. */
  readonly nodeName: string | undefined;
  readonly topics: Topics;
  /** Where it left off. */
  readonly resume: { readonly stream: string; readonly version: number } | undefined;
}

/** Reads a query that its schema has accepted. */
export function streamRequestOf({ node, topics, stream, version }: StreamQuery): StreamRequest {
  if ((stream === undefined) !== (version === undefined)) {
    throw new AppError(
      "REQUEST_INVALID",
      "to resume, both query parameters are needed: `stream` and `version` of the last message",
    );
  }
  return {
    ...{ nodeName: node, topics: topicsOf(topics) },
    resume: stream === undefined || version === undefined ? undefined : { stream, version },
  };
}
