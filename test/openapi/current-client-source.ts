/** The source of the typed client as it should be now. */
import { join } from "node:path";
import { startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { clientSource, type OpenApiDocument } from "./client-source.ts";

/** Where it lies. */
export const clientFile: string = join(import.meta.dirname, "../../packages/shared/src/api/gen/operations.ts");

/** Asks a collector's API for its document, and writes the source. */
export async function currentClientSource(): Promise<string> {
  await using api = await startApi();
  return clientSource(await api.json<OpenApiDocument>("/openapi.json"));
}
