/** Answers with problems. */
import type { Socket } from "node:net";
import { AppError, type ErrorCode, type Logger } from "@nodekeeper/shared";
import type { FastifyReply } from "fastify";
import { type Refusal, refusalOf } from "./from-thrown.ts";
import { problemHeaders } from "./problem-headers.ts";
import { problemMediaType, problemOf } from "./problem-of.ts";
import { rawProblem } from "./raw-problem.ts";

/** What whoever waits for it logs by itself, once and not for each request: strangers could fill the log with these. */
const saidElsewhere: ReadonlySet<ErrorCode> = new Set(["NOT_READY", "IDENTITY_UNVERIFIABLE"]);

/** Answers a request with a problem. */
export function answerProblem(reply: FastifyReply, { error, status }: Refusal): FastifyReply {
  const problem = problemOf(error, reply.request.id, status);
  reply.code(problem.status).removeHeader("etag").header("cache-control", "no-store").type(problemMediaType);
  reply.headers(problemHeaders(error));
  return reply.send(JSON.stringify(problem));
}

/** The same for something thrown. What is our own fault is said in full in the log. */
export function answerThrown(reply: FastifyReply, thrown: unknown, logger: Logger): FastifyReply {
  const { request } = reply;
  const refusal = refusalOf(thrown);
  const answered = answerProblem(reply, refusal);
  if (reply.statusCode >= 500 && !saidElsewhere.has(refusal.error.code)) {
    logger.error({ requestId: request.id, method: request.method, url: request.url, err: refusal.error }, "request failed");
  }
  return answered;
}

/** Answers what never became a request: malformed, too large or too slow. */
export function refuseConnection(error: Error, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const refusal = refusalOf(error);
  const isKnown = refusal.error.code !== "INTERNAL";
  socket.end(rawProblem(isKnown ? refusal : { error: new AppError("REQUEST_INVALID", "the request is not valid HTTP") }));
}
