/** A plan as a diff that one can read, or, of many nodes, as the few kinds of steps that it is made of. */
import type { Plan, PlannedOperation, Waiting } from "@nodekeeper/shared/api";
import {
  approvable,
  changeText,
  commonDomain,
  counted,
  heldGroups,
  namesText,
  type OperationMark,
  operationGroups,
  operationMark,
  operationsByNode,
  shortKey,
  waitingText,
} from "@nodekeeper/shared/readings";
import { type Cell, cut, renderTable } from "../../table.ts";
import type { Terminal, Tone } from "../../terminal.ts";
import { hang, wrap } from "../../wrap.ts";
import type { View } from "../section.ts";

/** Which part of the plan is shown. */
export interface PlanView extends View {
  /** Undefined: all nodes. */
  readonly node: string | undefined;
}

/** So many steps are shown one by one without being asked for. */
const readableCount = 60;
/** A reason stands beside the step where the step is no longer than this. */
const stepWidth = 44;
const shownReasons = 8;
/** Where a label is another on every node, there are as many kinds of steps. */
const shownGroups = 60;

const tones: Readonly<Record<OperationMark, Tone>> = { "+": "good", "~": "warning", "-": "bad" };

/** The plan, with what to do about it at the end. */
export function renderPlan(terminal: Terminal, plan: Plan, view: PlanView): string {
  const isShown = ({ node }: { readonly node: string }) => view.node === undefined || node === view.node;
  const operations = plan.operations.filter(isShown);
  const held = plan.held.filter(isShown);
  const domain = commonDomain([...plan.operations, ...plan.held].map(({ item }) => item));
  const isShort = view.isAll || view.node !== undefined || operations.length <= readableCount;
  const shared = saidAtTheEnd(plan, operations);
  const diff = isShort
    ? renderNodes(terminal, operations, { domain, shared, nowMs: view.nowMs })
    : renderGroups(terminal, operations, domain);
  const parts = [
    operations.length + held.length === 0 || domain === "" ? "" : terminal.paint("quiet", `keys are those of ${domain}`),
    diff,
    renderHeld(terminal, held, domain, view.isAll),
    renderEnd(terminal, plan, { ...view, operations, shared }),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function renderNodes(terminal: Terminal, operations: readonly PlannedOperation[], view: Omit<StepView, "width">): string {
  const width = Math.min(stepWidth, Math.max(0, ...operations.map((one) => changeText(one, view.domain).length)));
  return operationsByNode(operations)
    .map(([node, some]) => {
      const shared = view.shared ?? (some.length > 1 ? sharedWaiting(some) : undefined);
      const steps = some.map((one) => renderStep(terminal, one, { ...view, shared, width }));
      const waits =
        shared === undefined || shared === view.shared ? [] : renderWaiting(terminal, "  all of it waits: ", shared, view.nowMs);
      return [terminal.paint("strong", node), ...waits, ...steps].join("\n");
    })
    .join("\n");
}

interface StepView {
  readonly domain: string;
  readonly width: number;
  /** What all these steps wait for, which is said elsewhere. */
  readonly shared: Waiting | undefined;
  readonly nowMs: number;
}

function renderStep(terminal: Terminal, operation: PlannedOperation, { domain, width, shared, nowMs }: StepView): string {
  const mark = operationMark(operation);
  const step = changeText(operation, domain);
  const text = step.length > width ? step : step.padEnd(width);
  const manner = operation.kind === "repair" || operation.kind === "restore" ? `${operation.kind}: ` : "";
  const why = cut(`${manner}${operation.why}`, Math.max(20, terminal.width - text.length - 6));
  const line = `  ${terminal.paint(tones[mark], `${mark} ${text}`)}  ${terminal.paint("quiet", why)}`;
  const { waiting } = operation;
  if (waiting === undefined || shared !== undefined) return line;
  return [line, ...renderWaiting(terminal, "      waits: ", waiting, nowMs)].join("\n");
}

function renderWaiting(terminal: Terminal, first: string, waiting: Waiting, nowMs: number): readonly string[] {
  return hang(first, waitingText(waiting, nowMs), terminal.width).map((line) => terminal.paint("warning", line));
}

function renderGroups(terminal: Terminal, operations: readonly PlannedOperation[], domain: string): string {
  const columns = [
    { title: "" },
    { title: "NODES", align: "right" as const },
    { title: "WHAT", minimumWidth: 24 },
    { title: "WAITS FOR" },
    { title: "WHERE" },
  ];
  const groups = operationGroups(operations);
  const rows = groups.slice(0, shownGroups).map(({ operation, nodes }): readonly Cell[] => {
    const mark = operationMark(operation);
    return [
      { text: mark, tone: tones[mark] },
      nodes.length.toLocaleString("en"),
      { text: changeText(operation, domain), tone: tones[mark] },
      operation.waiting?.for ?? "",
      { text: namesText(nodes, 3), tone: "quiet" },
    ];
  });
  const nodes = new Set(operations.map(({ node }) => node)).size;
  const counts = (["+", "~", "-"] as const)
    .map((mark) => [mark, operations.filter((one) => operationMark(one) === mark).length] as const)
    .filter(([, count]) => count > 0)
    .map(([mark, count]) => terminal.paint(tones[mark], `${mark} ${count.toLocaleString("en")}`));
  const title = `${counted(operations.length, "step")} on ${counted(nodes, "node")}  ${counts.join("  ")}`;
  return [
    title,
    "",
    renderTable(terminal, columns, rows),
    terminal.paint("quiet", `${hiddenText(groups.length - shownGroups)}each of them: \`nodekeeper plan NODE\`, or --all`),
  ].join("\n");
}

function hiddenText(count: number): string {
  return count > 0 ? `… ${count.toLocaleString("en")} other kinds of steps; ` : "";
}

function renderHeld(terminal: Terminal, held: Plan["held"], domain: string, isAll: boolean): string {
  if (held.length === 0) return "";
  const groups = heldGroups(held);
  const shown = isAll || groups.length <= shownReasons + 1 ? groups : groups.slice(0, shownReasons);
  const nodes = new Set(held.map(({ node }) => node)).size;
  const title = terminal.paint("strong", `held on ${counted(nodes, "node")}: it cannot be told now, and stays as it is`);
  const rows = shown.map(({ items, reason, nodes: where }): readonly Cell[] => [
    `  ${namesText(where, isAll ? where.length : 2)}`,
    namesText(
      items.map((item) => shortKey(item, domain)),
      isAll ? items.length : 2,
    ),
    { text: reason, tone: "quiet" },
  ]);
  const columns = [
    { title: "  WHERE", minimumWidth: 14 },
    { title: "WHAT", minimumWidth: 14 },
    { title: "WHY", isWrapped: true },
  ];
  const rest = groups.length - shown.length;
  return [
    title,
    renderTable(terminal, columns, rows),
    ...(rest === 0 ? [] : [terminal.paint("quiet", `  … ${counted(rest, "reason")} more; --all`)]),
  ].join("\n");
}

/** The last word: whose turn it is. */
function renderEnd(
  terminal: Terminal,
  plan: Plan,
  { node, nowMs, operations, shared }: PlanView & Pick<Plan, "operations"> & Pick<StepView, "shared">,
): string {
  const { hash, isApproved } = plan;
  const count = approvable(plan).length;
  const where = node === undefined ? "" : " on all nodes";
  const command = terminal.paint("strong", `nodekeeper apply ${hash}`);
  if (!isApproved && hash !== "") {
    const what =
      "Nothing is written before somebody approved a first plan; after that the policy's modes hold, and new nodes follow.";
    const steps = count === 0 ? "" : ` (${counted(count, "step")}${where})`;
    return [...wrap(what, terminal.width), "", `  ${command}${steps}`].join("\n");
  }
  if (count > 0) {
    const steps = `${counted(count, "step")}${where} ${count === 1 ? "is" : "are"}`;
    const what = `${steps} of a class that the policy only plans; to let exactly ${count === 1 ? "this" : "these"} go, once:`;
    return [...wrap(what, terminal.width), "", `  ${command}`].join("\n");
  }
  if (operations.length === 0 && !isApproved)
    return "No plan was approved yet, and there is nothing to approve: nothing would be written.";
  if (operations.length === 0) return "Nothing waits: everything that can be told is as it should be.";
  const reason = shared === undefined ? "" : ` All of it waits: ${waitingText(shared, nowMs)}.`;
  return wrap(`Nothing waits for an approval; what is above is done by itself.${reason}`, terminal.width).join("\n");
}

/** What all that is shown waits for, and until the same moment, where the last word tells of it. */
function saidAtTheEnd(plan: Plan, operations: readonly PlannedOperation[]): Waiting | undefined {
  const reason = operations[0]?.waiting?.for;
  const isOfApproval = reason === "approval" || reason === "mode";
  if (isOfApproval) return operations.every(({ waiting }) => waiting?.for === reason) ? operations[0]?.waiting : undefined;
  return approvable(plan).length === 0 ? sharedWaiting(operations) : undefined;
}

/** What each of them waits for, in the same words and until the same moment. */
function sharedWaiting([first, ...others]: readonly PlannedOperation[]): Waiting | undefined {
  const waiting = first?.waiting;
  const isSame = others.every((one) => one.waiting?.text === waiting?.text && one.waiting?.until === waiting?.until);
  return isSame ? waiting : undefined;
}
