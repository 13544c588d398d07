import { describe, expect, it } from "vitest";
import { commands } from "./commands/index.ts";
import { findCommand } from "./find-command.ts";

function found(...args: string[]) {
  const result = findCommand(commands, args);
  if (result.kind === "command") return `${result.command.name} | ${result.args.join(" ")}`;
  return result.kind === "group" ? `group ${result.name}` : result.message;
}

describe("findCommand", () => {
  it.each([
    { args: ["nodes"], means: "nodes | " },
    { args: ["node", "neko", "--json"], means: "node | neko --json" },
    { args: ["node", "token"], means: "node | token" },
    { args: ["token", "create", "--node", "neko"], means: "token create | --node neko" },
    { args: ["token"], means: "group token" },
    { args: ["token", "--help"], means: "group token" },
    { args: ["credentials"], means: "credentials | " },
    { args: ["credentials", "--json"], means: "credentials | --json" },
    { args: ["credentials", "rotate", "neko"], means: "credentials rotate | neko" },
    { args: ["authority", "--pem"], means: "authority | --pem" },
    { args: ["token", "creat"], means: 'unknown command "token creat"; did you mean "token create"?' },
    { args: ["credentials", "revok", "neko"], means: 'unknown command "credentials revok"; did you mean "credentials revoke"?' },
    { args: ["tokn"], means: 'unknown command "tokn"; did you mean "token"?' },
    { args: ["whoam"], means: 'unknown command "whoam"; did you mean "whoami"?' },
  ])("takes $args for: $means", ({ args, means }) => {
    expect(found(...args)).toBe(means);
  });
});
