/** Why an agent leaves, in a word. */
import { type Goodbye, GoodbyeReason } from "@nodekeeper/proto";

/** Name of the reason as the state knows it: shutdown, reboot … */
export function reasonOfGoodbye(goodbye: Goodbye): string {
  switch (goodbye.reason) {
    case GoodbyeReason.SHUTDOWN:
      return "shutdown";
    case GoodbyeReason.REBOOT:
      return "reboot";
    case GoodbyeReason.SUSPEND:
      return "suspend";
    case GoodbyeReason.UPGRADE:
      return "upgrade";
    default:
      return "stopped";
  }
}
