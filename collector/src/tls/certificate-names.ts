/** The names that a certificate bears. */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** Whether a client that calls the collector by a name or an address is content with the certificate. Only its alternative names count. */
export function bearsName(certificate: X509Certificate, name: string): boolean {
  const borne = isIP(name) === 0 ? certificate.checkHost(name, { subject: "never" }) : certificate.checkIP(name);
  return borne !== undefined;
}
