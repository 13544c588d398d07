/** `nodekeeper enroll`: takes this machine in with a collector, so that its agent can report from outside the cluster. */
import {
  type Address,
  AppError,
  addressOption,
  collectorServerName,
  optionalOption,
  stringOption,
  switchOption,
  systemClock,
} from "@nodekeeper/shared";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { readSecret } from "../read-secret.ts";

/** The command. */
export const enroll: Command = defineCommand({
  name: "enroll",
  operands: ["host:port[,host:port...]"],
  summary: "take this machine in with a collector, by a join token",
  isOffline: true,
  options: {
    token: optionalOption(
      stringOption({
        description: "join token; all users of this machine see it meanwhile (ps), so rather use the next one",
        placeholder: "TOKEN",
      }),
    ),
    tokenFile: optionalOption(
      stringOption({ description: "file that holds the join token", placeholder: "FILE" }),
      "standard input, or it is asked for",
    ),
    nodeName: optionalOption(stringOption({ description: "name of this machine", placeholder: "NAME" }), "as the token says"),
    identityFile: stringOption({
      description: "where the agent finds what it proves itself with",
      placeholder: "FILE",
      default: "/var/lib/nodekeeper/report/identity.json",
    }),
    serverName: stringOption({
      description: "the name that the collector's certificate bears",
      placeholder: "NAME",
      default: collectorServerName,
    }),
    force: switchOption({ description: "enroll although this machine is enrolled already" }),
  },
  async run({ options, operands, terminal, signal }) {
    const addresses = readAddresses(operands[0] ?? "");
    const joinToken = await readToken(options.token, options.tokenFile, signal);
    const { enroll: enrollMachine } = await import("@nodekeeper/agent/enroll");
    const { nodeName, serverName, identityFile, force: isForced } = options;
    const enrolled = await enrollMachine({
      ...{ addresses, joinToken, nodeName, serverName, identityFile, isForced, signal },
      clock: systemClock,
    });
    const lines = [
      `${terminal.paint("good", "enrolled")}: this machine is ${terminal.paint("strong", enrolled.nodeName)} to the collector at ${enrolled.collector}`,
      `Its credential lies in ${enrolled.identityFile}. An agent that runs takes it within a minute; else start it:`,
      "",
      "  systemctl enable --now nodekeeper-probe nodekeeper-report",
    ];
    return { json: enrolled, text: lines.join("\n"), exitCode: exitCodes.ok };
  },
});

const address = addressOption({ description: "where agents report" });

function readAddresses(text: string): readonly Address[] {
  try {
    return text.split(",").map((each) => address.parse([each.trim()]));
  } catch (thrown) {
    throw new AppError("CONFIG_INVALID", `where is the collector? ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

async function readToken(token: string | undefined, file: string | undefined, signal: AbortSignal): Promise<string> {
  if (token !== undefined && file !== undefined) throw new AppError("CONFIG_INVALID", "give --token or --token-file, not both");
  return token === undefined ? await readSecret("join token", file, signal) : token.trim();
}
