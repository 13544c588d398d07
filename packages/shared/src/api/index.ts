/** Bodies of HTTP and WebSocket, version 1: schema and type under one name. The dashboard and the CLI import only the types. */

export { Change, ChangeList, ChangeListQuery } from "./change.ts";
export { type ApiClient, type ChangesOptions, createApiClient, type FindingsOptions } from "./client.ts";
export { Failure, Freshness, NodeStatus, Outcome, Severity, Timestamp } from "./common.ts";
export { Evidence, Finding, FindingList, FindingListQuery, FindingState } from "./finding.ts";
export { Forecast, ForecastList } from "./forecast.ts";
export { History, HistoryQuery, HistorySeries } from "./history.ts";
export { NodeDetail, NodeHealth, NodeList, NodeListQuery, NodeSummary, ProbeRun, SubjectBody, SubjectListBody } from "./node.ts";
export { Problem } from "./problem.ts";
export { StreamDelta, type StreamMessage, StreamQuery, StreamSnapshot } from "./stream.ts";
