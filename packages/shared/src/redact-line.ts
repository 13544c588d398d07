/**
 * Takes secrets out of a line of the log by their form, whatever field or message they came in: whoever may read logs must not be let in by them. Ours
 * keep their id, by which lists and audit name them. A line stays JSON: of what is put in and taken out the quotes are whole.
 */

/** What stands in the place of a secret. */
const gone = "[redacted]";

/** Fields whose values nobody is shown, whatever they look like; also in JSON within a text. */
const names = "token|secret|password|authorization|cookie|credentials?|private_?key|api_?key|webhook_?url";

/** Looked for first: nearly no line has any of these. */
const suspicious = new RegExp(
  `nk[a-z]_|eyJ|bearer|basic |digest |://|PRIVATE KEY|tk_|[?&;]\\w*(?:token|key|secret|auth|sig|password)\\w*=|(?:${names})\\\\?":`,
  "i",
);

const forms: readonly (readonly [form: RegExp, replacement: string])[] = [
  [new RegExp(`("[\\w-]*(?:${names})":)(?:"(?:[^"\\\\]|\\\\.)*"|\\[[^\\]]*\\]|-?\\d[\\w.+-]*)`, "gi"), `$1"${gone}"`],
  [new RegExp(`(\\\\"[\\w-]*(?:${names})\\\\"\\s*:\\s*)\\\\"[^"\\\\]*\\\\"`, "gi"), `$1\\"${gone}\\"`],
  // Ours: to enroll, of a machine, of the API; whole or cut off.
  [/\b(nk[a-z]_[0-9a-f]{12})_[\w-]+/g, `$1_${gone}`],
  // Signed tokens: of ServiceAccounts and of logins. A part of one is no use, but its head and body tell much.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, gone],
  [/\b(Bearer|Basic|Digest)\s+[\w.~+/=:-]{6,}/gi, `$1 ${gone}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[^"])*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, gone],
  // Of ntfy.
  [/\btk_[a-z0-9]{16,}/g, gone],
  // A login in an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s"\\/@]+@/gi, `$1${gone}@`],
  // Addresses that are secrets themselves.
  [/(\bhttps:\/\/hooks\.slack(?:-gov)?\.com\/)[^\s"\\]+/gi, `$1${gone}`],
  [/(\bhttps:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/)[^\s"\\]+/gi, `$1${gone}`],
  [/([?&;]\w*(?:token|key|secret|auth|sig|signature|password)=)[^\s"\\&;#]+/gi, `$1${gone}`],
];

/** The line without them. */
export function redactLine(line: string): string {
  if (!suspicious.test(line)) return line;
  return forms.reduce((text, [form, replacement]) => text.replace(form, replacement), line);
}
