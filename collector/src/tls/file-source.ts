/**
 * A certificate that somebody else keeps in files, as cert-manager does in a mounted Secret. The files are read again and again, which follows
 * symlinks that are swapped where a watch of the file system would not. What is not good is not taken, and what was served before goes on.
 */
import { readFile, stat } from "node:fs/promises";
import { AppError, type Clock, createListeners, type Logger, runEvery } from "@nodekeeper/shared";
import { type CertificateTexts, type CheckedCertificate, checkCertificate } from "./check-certificate.ts";
import type { TlsMaterial, TlsSource } from "./tls-source.ts";

/** Paths of PEM files. */
export interface CertificatePaths {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** What it needs. */
export interface FileSourceOptions {
  readonly paths: CertificatePaths;
  /** What the certificate must bear. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** How often the files are read. */
const readMs = 10_000;
const maximumFileBytes = 256 * 1024;
/** A certificate that is not renewed so long before its end was forgotten by whoever keeps it. */
const forgottenMs = 3 * 24 * 3_600_000;

/** Reads the files; throws CONFIG_INVALID with every problem. A certificate past its time is served, and is a problem. */
export async function createFileSource(options: FileSourceOptions): Promise<TlsSource> {
  const { paths, names, clock, random, logger } = options;
  const listeners = createListeners<TlsMaterial>();
  const stopping = new AbortController();
  const [firstTexts, first] = await look();
  if (first.kind === "bad") throw unusable(paths, first.problems);
  let current = first.material;
  let served = textOf(firstTexts);
  let seen = served;
  let problems: readonly string[] = [];

  const timing = { clock, random, signal: stopping.signal, intervalMs: () => readMs, firstDelayMs: readMs };
  const running = runEvery(timing, async () => {
    const [texts, checked] = await look();
    const text = textOf(texts);
    if (text === served) problems = [];
    else if (isGood(checked)) take(text, checked.material);
    else if (text === seen) complain(checked); // seen twice: it was not just being written
    seen = text;
  });

  return {
    get current() {
      return current;
    },
    onChanged: listeners.add,
    problems: () => [...problems, ...problemsOfTime(current.expiresAtMs - clock.wallMs())],
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };

  async function look(): Promise<readonly [CertificateTexts | AppError, CheckedCertificate]> {
    const texts = await readTexts(paths);
    if (texts instanceof AppError) return [texts, { kind: "bad", problems: [texts.message] }];
    return [texts, checkCertificate(texts, names)];
  }

  /** Whether it can take the place of what is served. */
  function isGood(checked: CheckedCertificate): checked is CheckedCertificate & { readonly kind: "good" } {
    const nowMs = clock.wallMs();
    return checked.kind === "good" && checked.validFromMs <= nowMs && nowMs < checked.material.expiresAtMs;
  }

  function take(text: string, material: TlsMaterial): void {
    [current, served, problems] = [material, text, []];
    logger.info(
      { path: paths.certificate, expiresAtMs: material.expiresAtMs },
      "the certificate's files were changed, and taken",
    );
    listeners.tell(material);
  }

  function complain(checked: CheckedCertificate): void {
    const reasons = checked.kind === "bad" ? checked.problems : ["the new certificate is not valid now"];
    const told = reasons.map((reason) => `${paths.certificate} was changed and is not taken: ${reason}`);
    if (told.join() !== problems.join())
      logger.error({ problems: told }, "the certificate's files are not in order, the old one is served");
    problems = told;
  }
}

async function readTexts(paths: CertificatePaths): Promise<CertificateTexts | AppError> {
  const results = await Promise.allSettled([
    readText(paths.certificate),
    readText(paths.key),
    paths.ca === undefined ? undefined : readText(paths.ca),
  ]);
  const [certificate, key, ca] = results.map((result) => (result.status === "fulfilled" ? result.value : undefined));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [AppError.from(result.reason).message] : []));
  if (failures.length === 0 && certificate !== undefined && key !== undefined) return { certificate, key, ca };
  return new AppError("CONFIG_INVALID", failures.join("; "));
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > maximumFileBytes) throw new Error(`${path} is larger than a certificate or key can be`);
  return readFile(path, "utf8");
}

function textOf(texts: CertificateTexts | AppError): string {
  return texts instanceof AppError ? texts.message : JSON.stringify([texts.certificate, texts.key, texts.ca]);
}

function problemsOfTime(leftMs: number): readonly string[] {
  if (leftMs <= 0) return ["the certificate of the public listeners is past its time: nobody trusts it any more"];
  if (leftMs > forgottenMs) return [];
  return [`the certificate of the public listeners ends in ${Math.ceil(leftMs / 3_600_000)} h and was not renewed`];
}

function unusable(paths: CertificatePaths, problems: readonly string[]): AppError {
  const text = problems.map((problem) => `  - ${problem}`).join("\n");
  return new AppError(
    "CONFIG_INVALID",
    `the certificate ${paths.certificate} with the key ${paths.key} cannot be served:\n${text}`,
  );
}
