/** The list of this folder. A test holds the two together. */
import type { Watcher } from "../watcher.ts";

/** Every watcher. */
export const watchers: readonly Watcher[] = [];
