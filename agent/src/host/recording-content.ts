/** A recording before it is written: nothing but texts and names, so that each can be looked at, and changed. Paths are the host's own. */
import type { Recording } from "./recording.ts";

/** A file of the tree. */
export interface RecordedFile {
  readonly path: string;
  readonly text: string;
  /** latin1 where it is no text: each character is one byte. */
  readonly encoding: "utf8" | "latin1";
}

/** A link of the tree; `target` is where it leads on the host. */
export interface RecordedLink {
  readonly path: string;
  readonly target: string;
}

/** What a program printed or a service answered; `name` is its path beside recording.json. */
export interface RecordedOutput {
  readonly name: string;
  readonly text: string;
}

/** All of it. */
export interface RecordingContent {
  readonly files: readonly RecordedFile[];
  readonly folders: readonly string[];
  readonly links: readonly RecordedLink[];
  readonly outputs: readonly RecordedOutput[];
  readonly recording: Recording;
}
