/** The secret by which a proxy proves itself. The file may be changed while the collector runs; two lines are two secrets, for the change. */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";

/** The secret, as it is in the file now. */
export interface ProxySecret {
  /** Whether somebody knows it; takes as long for a near miss as for any other. */
  holds(shown: string): Promise<boolean>;
}

/** A change of the file is noticed after this. */
const rereadMs = 1_000;
/** A shorter one can be guessed. */
const minimumLength = 16;

/** Reads it for the first time; throws CONFIG_INVALID where there is none. Later a file that cannot be read leaves what was read before. */
export async function openProxySecret(file: string, clock: Clock, logger: Logger): Promise<ProxySecret> {
  let digests = await read(file);
  let readAtMs = clock.monotonicMs();

  async function reread(): Promise<void> {
    if (clock.monotonicMs() - readAtMs < rereadMs) return;
    readAtMs = clock.monotonicMs();
    try {
      digests = await read(file);
    } catch (err) {
      logger.warn({ err, file }, "the proxy's secret cannot be read anew, the one before stands");
    }
  }

  return {
    async holds(shown) {
      await reread();
      const digest = digestOf(shown);
      return digests.map((known) => timingSafeEqual(known, digest)).includes(true);
    },
  };
}

async function read(file: string): Promise<readonly Buffer[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError("CONFIG_INVALID", `--proxy-secret-file ${file} cannot be read: ${AppError.from(cause).message}`, {
      cause,
    });
  });
  const secrets = text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  if (secrets.length > 0 && secrets.every((secret) => secret.length >= minimumLength)) return secrets.map(digestOf);
  throw new AppError(
    "CONFIG_INVALID",
    `--proxy-secret-file ${file} must hold a secret of ${minimumLength} characters or more, one a line; make one with: openssl rand -hex 32`,
  );
}

/** Of equal length whatever is shown, which timingSafeEqual needs. */
function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
