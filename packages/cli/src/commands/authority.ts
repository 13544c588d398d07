/** `nodekeeper authority`: the collector's certificate, and whom others must trust for it. */
import { switchOption } from "@nodekeeper/shared";
import type { AuthorityBody } from "@nodekeeper/shared/api";
import { formatIn } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** The command. Exit code 1 when something is wrong with the certificate. */
export const authority: Command = defineCommand({
  name: "authority",
  operands: [],
  summary: "show the collector's certificate, and whom agents trust for it",
  options: { pem: switchOption({ description: "print the authorities' certificates, for --ca-file and other programs" }) },
  async run({ api, options, terminal, nowMs, signal }) {
    const body = await api.authority(signal);
    const text = options.pem
      ? body.authorities.map(({ certificatePem }) => certificatePem.trim()).join("\n")
      : renderAuthority(terminal, body, nowMs);
    return { json: body, text, exitCode: body.problems.length === 0 ? exitCodes.ok : exitCodes.attention };
  },
});

/** The certificate in a line, then the authorities. */
export function renderAuthority(terminal: Terminal, body: AuthorityBody, nowMs: number): string {
  const { source, certificate, authorities, problems } = body;
  const signer = source === "own" ? "signed by the collector itself" : "from files of somebody else";
  const columns = [
    { title: "AUTHORITY" },
    { title: "" },
    { title: "MADE" },
    { title: "ENDS" },
    { title: "PUBLIC KEY (SHA-256)" },
  ];
  const rows = authorities.map((each): readonly Cell[] => [
    { text: each.subject, tone: "strong" },
    each.isSigning ? { text: "signs", tone: "good" } : { text: "trusted", tone: "quiet" },
    each.createdAt.slice(0, 10),
    each.expiresAt.slice(0, 10),
    each.publicKeySha256,
  ]);
  return [
    ...problems.map((problem) => terminal.paint("bad", problem)),
    `certificate for ${certificate.names.join(", ")}; ${signer}; ends ${formatIn(certificate.expiresAt, nowMs)}`,
    "",
    renderTable(terminal, columns, rows),
  ].join("\n");
}
