/** What every channel is made with, besides its own configuration. */
import type { Clock } from "@nodekeeper/shared";

/** It. */
export interface ChannelNeeds {
  readonly clock: Clock;
  /** The address of a place of the dashboard ("#/nodes/neko"); undefined: nobody said where the dashboard is. */
  readonly linkTo: (place: string) => string | undefined;
}
