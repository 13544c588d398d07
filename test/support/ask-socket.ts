/** The collector's API by its admin socket, with all rights. */
import { request } from "node:http";

/** Asks, and gives the body; rejects with what was answered where that is no success. */
export function askSocket(socketPath: string, method: string, path: string, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request({ socketPath, method, path, headers, timeout: 60_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const answer = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(answer));
        else reject(new Error(`${method} ${path} was answered with ${response.statusCode}: ${answer}`));
      });
    });
    sent.once("error", reject).end(text);
  });
}
