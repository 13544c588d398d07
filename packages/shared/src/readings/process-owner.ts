/** What a process of the host belongs to, in words. */
import type { SubjectBody } from "../api/node.ts";
import { textField } from "./fields.ts";

/**
 * Its pod with the namespace, its container, its unit of systemd, or its user: whichever tells people most. What runs in a user's own session is
 * that user's: user@1000.service says less. Empty where nothing is known.
 */
export function ownerPlace(owner: SubjectBody): string {
  const pod = [textField(owner, "podNamespace"), textField(owner, "podName")].filter((word) => word !== "").join("/");
  const container = textField(owner, "containerId").slice(0, 12);
  const unit = textField(owner, "unit");
  const user = textField(owner, "user");
  const isOfUser = unit.startsWith("user@");
  return pod || textField(owner, "podUid") || container || (isOfUser ? user : "") || unit || user;
}
