/** Entry of the store's worker threads: the one that holds the database, and those that copy it. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@nodekeeper/shared";
import { writeBackup } from "./backup/write-backup.ts";
import { migrations } from "./database/migrations.ts";
import { openDatabase } from "./database/open-database.ts";
import { storeFiles } from "./database/store-files.ts";
import { createStoreEngine } from "./engine/store-engine.ts";
import { type BackupMessage, packError, type WorkerMessage, type WorkerRequest, type WorkerStart } from "./worker/protocol.ts";
import { createWorkerServer } from "./worker/worker-server.ts";

const port = parentPort;
if (port === null) throw new Error("the store's worker runs in a worker thread only");

// The proxy, and nobody else, starts these threads and gives them what it says.
const start = workerData as WorkerStart;
if (start.kind === "store") holdDatabase(start.directory);
else void backUp(start.directory, start.file);

function holdDatabase(directory: string): void {
  try {
    const open = openDatabase(directory);
    const engine = createStoreEngine(open, (facts, message) => post({ kind: "warning", facts, message }));
    const server = createWorkerServer(engine, systemClock, post, () => port?.close());
    port?.on("message", (request: WorkerRequest) => server.handle(request));
    post({ kind: "opened", copyBeforeMigration: open.copyBeforeMigration });
  } catch (thrown) {
    post({ kind: "refused", error: packError(thrown) });
    port?.close();
  }
}

async function backUp(directory: string, file: string): Promise<void> {
  try {
    post({ kind: "made", backup: await writeBackup(storeFiles(directory).database, file, migrations.length) });
  } catch (thrown) {
    post({ kind: "failed", error: packError(thrown) });
  }
}

function post(message: WorkerMessage | BackupMessage, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
