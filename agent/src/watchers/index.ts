/** The list of this folder. A test holds the two together. */
import type { Watcher } from "../watcher.ts";
import { diskChanges } from "./disk-changes.ts";

/** Every watcher. */
export const watchers: readonly Watcher[] = [diskChanges];
