/** GET /api/v1/findings */
import { type Finding, FindingList, FindingListQuery } from "@nodekeeper/shared/api";
import { byLoudness } from "../present/finding-order.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route, type RouteContext } from "../route.ts";

const defaultLimit = 1000;
/** The store is asked for this many at most; the newest come first. */
const maximumStored = 10_000;

/** What is wrong, and what was. */
export const findings: Route = defineRoute({
  name: "findings",
  path: "/api/v1/findings",
  tag: "findings",
  summary: "What is wrong, and what was",
  description: "Pending and firing findings, the loudest first; resolved ones too where `state` asks for them.",
  queryParameters: FindingListQuery,
  success: { status: 200, description: "The findings", contentType: "application/json", schema: FindingList },
  refusals: {
    404: "`node` names a node that is not known",
    503: "Resolved findings were asked for, and the database cannot be read now",
  },
  async handle(context, { query }) {
    const { node, severity, state = ["pending", "firing"], limit = defaultLimit } = query;
    if (node !== undefined) requireNode(context.state, node);
    const open = node === undefined ? context.findings.all() : context.findings.ofNode(node);
    const resolved = state.includes("resolved") ? await listResolved(context, node) : [];
    const wanted = [...open, ...resolved]
      .filter((finding) => state.includes(finding.state) && (severity === undefined || severity.includes(finding.severity)))
      .sort(byLoudness);
    return { kind: "body", body: { findings: wanted.slice(0, limit), ...(wanted.length > limit ? { hasMore: true } : {}) } };
  },
});

/** Open ones are taken from memory, where they are as they are now. */
async function listResolved({ store }: RouteContext, node: string | undefined): Promise<readonly Finding[]> {
  const stored = await store.listFindings({ node, includeResolved: true, limit: maximumStored });
  return stored.filter((finding) => finding.state === "resolved");
}
