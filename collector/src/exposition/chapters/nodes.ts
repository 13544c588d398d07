/** Of each node: how it is, and when it was last heard of. */
import { NodeStatus, Severity } from "@nodekeeper/shared/api";
import { doesCount } from "../../evaluate/does-count.ts";
import { judgeNode } from "../../evaluate/verdict.ts";
import { nodeFreshness, valuesOf, viewNode } from "../../state/node-view.ts";
import { type Chapter, type Family, labelsOf } from "../chapter.ts";
import { flag, seconds } from "../node-subjects.ts";

const status: Family = {
  name: "nodekeeper_node_status",
  type: "gauge",
  help: "1 for the status of the node (ok, degraded, failed, unknown, asleep), 0 for the others.",
};
const info: Family = {
  name: "nodekeeper_node_info",
  type: "gauge",
  help: "Always 1; what the node is.",
};
const connected: Family = { name: "nodekeeper_node_connected", type: "gauge", help: "1 while its agent's stream is open." };
const lastContact: Family = {
  name: "nodekeeper_node_last_contact_timestamp_seconds",
  type: "gauge",
  help: "When its agent was last heard, in seconds since 1970.",
};
const reportAge: Family = {
  name: "nodekeeper_node_report_age_seconds",
  type: "gauge",
  help: "How long ago that was, by the collector's clock.",
};
const skew: Family = {
  name: "nodekeeper_node_clock_skew_seconds",
  type: "gauge",
  help: "The node's wall clock minus the collector's; not there while the node is silent.",
};
const findings: Family = {
  name: "nodekeeper_node_findings",
  type: "gauge",
  help: "Firing findings that count in its status, by severity.",
};

export const nodes: Chapter = {
  families: [status, info, connected, lastContact, reportAge, skew, findings],
  write(node, { nowMs, findingsOf }, sheet) {
    const labels = labelsOf({ node: node.name });
    const freshness = nodeFreshness(node, nowMs);
    const open = findingsOf(node.name);
    sheet.states(status, labels, "status", NodeStatus.enum, judgeNode({ node, nowMs, freshness }, open).status);
    const system = node.probes.get("system");
    const [os] =
      system === undefined
        ? []
        : valuesOf(viewNode({ ...node, probes: new Map([["system", system]]) }, nowMs), "operatingSystem");
    const facts = {
      node: node.name,
      agent_version: node.agentVersion,
      operating_system: os?.value.prettyName ?? "",
      architecture: os?.value.architecture ?? "",
    };
    sheet.add(info, labelsOf(facts), 1);
    sheet.add(connected, labels, flag(node.connection.kind === "connected"));
    sheet.add(lastContact, labels, seconds(node.lastContactAtMs));
    sheet.add(reportAge, labels, seconds(Math.max(0, nowMs - node.lastContactAtMs)));
    sheet.add(skew, labels, freshness === "fresh" ? seconds(node.clockSkewMs) : undefined);
    const counting = open.filter(doesCount);
    for (const severity of Severity.enum)
      sheet.add(findings, `${labels},severity="${severity}"`, counting.filter((finding) => finding.severity === severity).length);
  },
};
