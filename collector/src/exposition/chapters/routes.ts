/** Where requests for models go: each Ollama server by whether it answers the collector, and whether requests of a role may go there. */
import { type Backend, roles } from "../../routing/backend.ts";
import { roleStanding } from "../../routing/role-standing.ts";
import { type Chapter, type Family, labelsOf, type Sheet } from "../chapter.ts";

const gauge = (name: string, help: string): Family => ({ name: `nodekeeper_route_${name}`, type: "gauge", help });

const up = gauge(
  "server_up",
  "1 while the Ollama server answers the collector, 0 while it does not; not there while that is not known.",
);
const serving = gauge("serving", "1 while requests of the role may go to the server, 0 while they may not.");
const leftOut = gauge("left_out", "Always 1; why requests of the role do not go to the server.");

export const routes: Chapter = {
  families: [up, serving, leftOut],
  write(node, moment, sheet) {
    const backend = moment.serverOf(node.name);
    if (backend !== undefined) writeServer(backend, sheet);
  },
  close(moment, sheet) {
    for (const backend of moment.otherServers) writeServer(backend, sheet);
  },
};

function writeServer(backend: Backend, sheet: Sheet): void {
  const { name, reach } = backend;
  if (reach.kind !== "unknown") sheet.add(up, labelsOf({ node: name }), reach.kind === "up" ? 1 : 0);
  for (const role of roles) {
    const standing = roleStanding(backend, role);
    if (standing === undefined) continue;
    const labels = labelsOf({ node: name, role });
    sheet.add(serving, labels, standing === "serving" ? 1 : 0);
    if (standing !== "serving") sheet.add(leftOut, `${labels},${labelsOf({ reason: standing })}`, 1);
  }
}
