/** What is meant by a policy that says nothing of storage, onboarding, backups and routing, and extends nothing. */
import type { Policy } from "./policy.ts";

/** No tags, no disks, no step left out, no backups looked for, no server routed to. */
export const unsetSections: Pick<Policy, "storage" | "onboarding" | "backups" | "routing"> = {
  storage: { diskTags: [], nodeTags: [], defaultDisks: [] },
  onboarding: { skip: [], agent: undefined, longhorn: undefined },
  backups: { cronJobs: [], deployments: [], maximumAgeMs: 26 * 3_600_000 }, // daily, with some patience
  routing: { generation: undefined, embeddings: undefined, servers: [] },
};
