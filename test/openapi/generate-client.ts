/** Writes packages/shared/src/api/gen/operations.ts: node test/openapi/generate-client.ts, which `pnpm run gen` does. */
import { writeFile } from "node:fs/promises";
import { clientFile, currentClientSource } from "./current-client-source.ts";

await writeFile(clientFile, await currentClientSource());
