/** `routing` of a policy file. What is left out is as in `before`. */
import type { RoutedServer, RoutingPolicy } from "../policy.ts";
import type { FileContext } from "./file-context.ts";
import { keysOf, RoutedServerEntry, RoutingEntry, routedRoles } from "./policy-file.ts";
import type { ProblemSheet } from "./problem-sheet.ts";
import { readEntryExpression } from "./read-entry-expression.ts";
import { readWords } from "./read-words.ts";
import { givenEntries } from "./yaml-given.ts";
import { elementsOf, textOf, type YamlValue } from "./yaml-values.ts";

/** Each is asked every second. */
const maximumServers = 64;

/** Reads it. */
export function readRouting(given: YamlValue, before: RoutingPolicy, context: FileContext): RoutingPolicy {
  const entries = givenEntries(given, keysOf(RoutingEntry), context.sheet);
  const servers = entries.get("servers");
  const conditionOf = (role: "generation" | "embeddings") => {
    const value = entries.get(role);
    return value === undefined ? before[role] : readEntryExpression(value, { purpose: "condition" }, context);
  };
  return {
    generation: conditionOf("generation"),
    embeddings: conditionOf("embeddings"),
    servers: servers === undefined ? before.servers : readServers(servers, context.sheet),
  };
}

function readServers(value: YamlValue, sheet: ProblemSheet): readonly RoutedServer[] {
  const elements = elementsOf(value, sheet);
  if (elements.length > maximumServers) sheet.add(value.offset, `${value.path}: there are more than ${maximumServers}`);
  const servers: RoutedServer[] = [];
  for (const element of elements.slice(0, maximumServers)) {
    const server = readServer(element, sheet);
    if (server === undefined) continue;
    const twin = servers.find(({ name, url }) => name === server.name || url === server.url);
    if (twin === undefined) servers.push(server);
    else sheet.add(element.offset, `${element.path}: ${twin.name === server.name ? server.name : server.url} stands there twice`);
  }
  return servers;
}

function readServer(element: YamlValue, sheet: ProblemSheet): RoutedServer | undefined {
  const entries = givenEntries(element, keysOf(RoutedServerEntry), sheet);
  const part = (key: string, problemOf: (text: string) => string | undefined): string | undefined => {
    const value = entries.get(key);
    if (value === undefined) {
      sheet.add(element.offset, `${element.path}: ${key} is missing`);
      return undefined;
    }
    const text = textOf(value, sheet);
    const problem = text === undefined ? undefined : problemOf(text);
    if (problem !== undefined) sheet.add(value.offset, `${value.path}: ${problem}`);
    return problem === undefined ? text : undefined;
  };
  const name = part("name", problemOfName);
  const url = part("url", problemOfUrl);
  const roles = entries.get("roles");
  if (roles === undefined) sheet.add(element.offset, `${element.path}: roles is missing: ${routedRoles.join(", ")}`);
  if (name === undefined || url === undefined || roles === undefined) return undefined;
  return { name, url: new URL(url).origin, roles: readWords(roles, routedRoles, sheet) };
}

function problemOfName(text: string): string | undefined {
  const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text);
  return isName ? undefined : `"${text}" is no name: small letters, digits, "-" and "."`;
}

function problemOfUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    return `"${text}" is no URL such as http://10.0.0.9:11434`;
  if (url.username !== "" || url.password !== "") return "a URL here bears no user and no password";
  return url.pathname === "/" && url.search === "" ? undefined : "a server is named by host and port alone, without a path";
}
