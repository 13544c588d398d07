/** Serves the dashboard's files, and says how to build it where there are none. */
import { access } from "node:fs/promises";
import { join, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Vite puts a hash of the content into the names of the files in this folder: a new content has a new name. */
const hashedFolder = "assets";
const oneYearSeconds = 31_536_000;

const missingPage = `<!doctype html>
<html lang="en">
<title>nodekeeper</title>
<h1>The dashboard is not built</h1>
<p>Build it with <code>pnpm --filter @nodekeeper/dashboard run build</code>, then reload this page; the collector need not be restarted.</p>
<p>The API works without it: <a href="/api/v1/nodes">nodes</a>, <a href="/api/v1/findings">findings</a>,
<a href="/openapi.json">its description</a>.</p>
`;

/** Serves the files of a folder. What is not there falls through to the handler for unknown addresses. */
export async function serveDashboard(app: FastifyInstance, dashboardDir: string): Promise<void> {
  const hashed = join(dashboardDir, hashedFolder) + sep;
  await app.register(fastifyStatic, {
    root: dashboardDir,
    index: false,
    dotfiles: "ignore",
    cacheControl: false,
    suppressWarning: true, // it may be built later
    setHeaders(reply, path) {
      reply.header("cache-control", path.startsWith(hashed) ? `public, max-age=${oneYearSeconds}, immutable` : "no-cache");
    },
  });
  app.get("/", { schema: { hide: true } }, (_request, reply) => sendDashboardPage(reply, dashboardDir));
}

/** Serves the page on which problems are explained: their `type` links to it. */
export function serveErrorPage(app: FastifyInstance, docsDir: string): void {
  app.get("/docs/errors.md", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", "no-cache").type("text/plain; charset=utf-8").sendFile("errors.md", docsDir),
  );
}

/** Whether an unknown address is one of the dashboard's own: it navigates without asking the collector, until someone reloads. */
export function isDashboardPage(request: FastifyRequest): boolean {
  const path = request.url.split("?")[0] ?? "";
  const isOurs = path !== "/openapi.json" && !/^\/(?:api|docs|assets)(?:\/|$)/.test(path);
  return isOurs && (request.headers.accept ?? "").includes("text/html");
}

/** Answers with the dashboard's one page. */
export async function sendDashboardPage(reply: FastifyReply, dashboardDir: string): Promise<FastifyReply> {
  const isBuilt = await access(join(dashboardDir, "index.html")).then(
    () => true,
    () => false,
  );
  if (isBuilt) return reply.code(200).sendFile("index.html");
  return reply.code(503).header("cache-control", "no-store").type("text/html; charset=utf-8").send(missingPage);
}
