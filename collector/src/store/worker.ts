/** Entry of the store's worker thread, which alone holds the database. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@nodekeeper/shared";
import { openDatabase } from "./database/open-database.ts";
import { createStoreEngine } from "./engine/store-engine.ts";
import { packError, type WorkerMessage, type WorkerRequest, type WorkerStart } from "./worker/protocol.ts";
import { createWorkerServer } from "./worker/worker-server.ts";

const port = parentPort;
if (port === null) throw new Error("the store's worker runs in a worker thread only");

function post(message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

try {
  // The proxy, and nobody else, starts this thread and gives it what it says.
  const { directory } = workerData as WorkerStart;
  const open = openDatabase(directory);
  const engine = createStoreEngine(open, (facts, message) => post({ kind: "warning", facts, message }));
  const server = createWorkerServer(engine, systemClock, post, () => port.close());
  port.on("message", (request: WorkerRequest) => server.handle(request));
  post({ kind: "opened", copyBeforeMigration: open.copyBeforeMigration });
} catch (thrown) {
  post({ kind: "refused", error: packError(thrown) });
  port.close();
}
