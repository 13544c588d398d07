/** When certificates end. Of a file with certificates nothing else is kept. */
import { X509Certificate } from "node:crypto";

/** The earliest end of the certificates in a PEM file, in ms since 1970, or of what was kept of one. Undefined where none can be read. */
export function certificateEndMs(text: string): number | undefined {
  const kept = /^notAfter=(\d{4}-\d\d-\d\dT\S+)$/m.exec(text)?.[1];
  if (kept !== undefined) return Number.isNaN(Date.parse(kept)) ? undefined : Date.parse(kept);
  const ends = (text.match(certificate) ?? []).map(endOf);
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** What is kept of such a file: its end, and nothing of who or what is certified. */
export function keepCertificateEnd(text: string): string {
  const end = certificateEndMs(text);
  return end === undefined ? "" : `notAfter=${new Date(end).toISOString()}\n`;
}

const certificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

function endOf(pem: string): number | undefined {
  try {
    const end = new X509Certificate(pem).validToDate.getTime();
    return Number.isNaN(end) ? undefined : end;
  } catch {
    return undefined; // it is none
  }
}
