/** GET /api/v1/backup */
import { randomUUID } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@nodekeeper/shared";
import { isoTime } from "../../state/iso-time.ts";
import { defineRoute, type Route } from "../route.ts";

/** A copy of the database. */
export const backup: Route = defineRoute({
  name: "backup",
  method: "GET",
  path: "/api/v1/backup",
  access: "admin",
  tag: "collector",
  summary: "A copy of the database",
  description:
    "One SQLite file as the database is at one moment, verified, made while everything goes on; it takes as much room beside the database while it " +
    "is sent. Keys and hashes of credentials are not in it: they lie in the vault.",
  audit: { action: "backup.download", target: () => ({ kind: "database", name: "" }) },
  isLong: true,
  success: { status: 200, description: "The file", contentType: "application/octet-stream" },
  refusals: { 409: "Another backup is being made or sent", 503: "There is no room for it, or the database cannot be read now" },
  async handle({ store, backupDir, clock }) {
    await mkdir(backupDir, { recursive: true, mode: 0o700 });
    // Each takes as much of the disk as the database until it was sent: as many as somebody asks for would fill it.
    if ((await readdir(backupDir)).length > 0) {
      throw new AppError("CONFLICT", "another backup is being made or sent: wait for its end");
    }
    const { file, bytes } = await store.backup(join(backupDir, `${randomUUID()}.db`));
    const name = `nodekeeper-${isoTime(clock.wallMs()).slice(0, 19).replaceAll(":", "-")}.db`;
    return { kind: "file", file, bytes, name, noted: `${bytes} bytes` };
  },
});
