/** What a decision on the command line is about: a finding by its handle, or all findings of a node, of a rule, or both. */
import { AppError, didYouMean } from "@nodekeeper/shared";
import type { ApiClient, DecisionScope, Finding } from "@nodekeeper/shared/api";
import { findingHandle, isHandle } from "./finding-handle.ts";

/** Words that stand for no single node. */
export const everywhere = "all";
export const theCluster = "cluster";

/** More open findings than this are not looked through for a handle. */
const maximumFindings = 10_000;

/** The scope that a node's name and a rule's code mean. */
export function scopeOf(node: string, rule: string | undefined): DecisionScope {
  return {
    ...(node === everywhere ? {} : { node: node === theCluster ? "" : node }),
    ...(rule === undefined ? {} : { rule }),
  };
}

/** The open finding of a handle or an id; undefined: the word is neither, so that it is the name of a node. */
export async function findFinding(api: ApiClient, text: string, signal: AbortSignal): Promise<Finding | undefined> {
  const isId = text.includes(":");
  if (!isId && !isHandle(text)) return undefined;
  const { findings } = await api.findings({ includeResolved: false, limit: maximumFindings }, signal);
  const found = findings.filter(({ id }) => (isId ? id === text : findingHandle(id) === text));
  if (found.length > 1)
    throw severalCalled(`${found.length} findings have the handle ${text}: name node and rule, or one of their ids`, found);
  if (found.length === 0 && isId) throw new AppError("NOT_FOUND", `no open finding has the id "${text}": it may be over by now`);
  return found[0];
}

/** The one open finding that is meant by a handle, or by a node and its rule where that is needed. Throws with what there is to choose from. */
export async function findOneFinding(
  api: ApiClient,
  [first = "", rule]: readonly string[],
  isWanted: (finding: Finding) => boolean,
  signal: AbortSignal,
): Promise<Finding> {
  if (first === everywhere)
    throw new AppError(
      "CONFIG_INVALID",
      "`all` says not which finding: name one by its handle, as `nodekeeper findings` shows it",
    );
  const named = rule === undefined ? await findFinding(api, first, signal) : undefined;
  if (named !== undefined) return named;
  const ofNode = await openOf(api, first, signal);
  const open = ofNode.filter((finding) => rule === undefined || finding.rule === rule);
  const whose = first === theCluster ? "the cluster" : first;
  const what = rule === undefined ? "" : ` of the rule ${rule}`;
  if (open.length === 0) {
    const meant = rule === undefined ? "" : didYouMean(rule, [...new Set(ofNode.map((finding) => finding.rule))]);
    throw new AppError(
      "NOT_FOUND",
      `${whose} has no open finding${what}${meant || "; `nodekeeper findings` shows what there is"}`,
    );
  }
  const wanted = open.filter(isWanted);
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return only;
  if (only === undefined && open.length === 1 && open[0] !== undefined) return open[0]; // the collector says why it is none
  throw severalCalled(`${whose} has ${open.length} open findings${what}: name one of them`, open);
}

async function openOf(api: ApiClient, node: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const options = { includeResolved: false, limit: maximumFindings, ...(node === theCluster ? {} : { node }) };
  const { findings } = await api.findings(options, signal).catch((thrown: unknown) => {
    const { code } = AppError.from(thrown);
    if (code !== "NOT_FOUND" || !isHandle(node)) throw thrown;
    throw new AppError(
      code,
      `no open finding has the handle ${node}: it may be over by now; \`nodekeeper findings\` shows what there is`,
    );
  });
  return node === theCluster ? findings.filter((finding) => finding.node === "") : findings;
}

function severalCalled(message: string, findings: readonly Finding[]): AppError {
  const lines = findings.slice(0, 20).map(({ id, rule, text }) => `  ${findingHandle(id)}  ${rule}: ${text}`);
  return new AppError("CONFIG_INVALID", [message, ...lines].join("\n"));
}
