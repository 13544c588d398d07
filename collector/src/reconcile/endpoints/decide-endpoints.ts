/**
 * Which servers a Service leads to: those of the route table, at their addresses. One leaves when it is known that it is to leave (it does not answer,
 * is kept for somebody, or is not for such requests): silence of agents, and of ourselves before we asked, leaves everything as it is.
 */
import type { FactRead } from "@nodekeeper/shared/api";
import type { Backend, Role } from "../../routing/backend.ts";
import type { Decision, Wanted, Why } from "../reconciler.ts";
import type { World } from "../world.ts";
import { roleOf, serviceItem, serviceValue } from "./names.ts";
import { placeOf } from "./place-of.ts";
import { foreignText, seeEndpoints } from "./see-endpoints.ts";

/** A collector that lost its database hears its agents again within this time. */
const hearingMs = 60_000;

/** Decides. */
export function decideEndpoints(world: World, key: string): Decision {
  const { policy, services } = world;
  const role = roleOf(key);
  const objects = services.of(key);
  if (role === undefined || objects === undefined) return hold("the Service and its slices were not read from the cluster yet");
  const { items: live, endpoints, foreign } = seeEndpoints(key, objects, policy.domain);
  if (foreign.length > 0) return hold(foreignText(foreign));
  if (!isRouted(world, role)) {
    const why = whyOf(world, role, "the policy sends such requests to no server any more");
    return { kind: "items", items: new Map([...live.keys()].map((item) => [item, { kind: "absent", why }])) };
  }
  const items = new Map<string, Wanted>();
  if (live.has(serviceItem) || serversFor(world, role).length > 0) {
    const why = whyOf(world, role, `there are servers for requests of the kind ${role}`);
    items.set(serviceItem, { kind: "value", value: serviceValue, why: { ...why, isDeclared: true } });
  }
  const wishes = new Map(world.routing.backends().map((backend) => [backend.name, wishOf(world, role, backend)]));
  for (const [name, { url, wanted }] of wishes) {
    const place = url === undefined ? undefined : placeOf(url);
    if (place?.kind === "left-out") {
      if (wanted.kind === "value") items.set(name, { kind: "hold", reason: place.reason, why: wanted.why });
    } else if (place !== undefined && items.get(place.address)?.kind !== "value") items.set(place.address, wanted);
  }
  for (const [address, name] of [...endpoints.values()].flatMap((each) => [...each])) {
    if (!items.has(address)) items.set(address, leavingOf(world, role, name, wishes.get(name)));
  }
  return { kind: "items", items };
}

/** Servers that the policy has for the role, whether or not they answer. */
export function serversFor({ routing }: World, role: Role): readonly Backend[] {
  return routing.backends().filter(({ url, roles }) => url !== undefined && roles[role].word === "yes");
}

/** Where a server is, and what is wanted of its address. */
interface ServerWish {
  readonly url: string | undefined;
  readonly wanted: Wanted;
}

function wishOf(world: World, role: Role, { name, url, reach, roles, reservation }: Backend): ServerWish {
  const because = (text: string, answers: string): Why => {
    const read: FactRead = { path: `whether ${name} answers`, value: answers, probe: "", freshness: "fresh" };
    return { ...whyOf(world, role, text), facts: [read], isDeclared: true };
  };
  const held = (reason: string): ServerWish => ({ url, wanted: { kind: "hold", reason, why: whyOf(world, role, reason) } });
  const out = (text: string, answers = "yes"): ServerWish => ({ url, wanted: { kind: "absent", why: because(text, answers) } });
  if (world.routing.table.serving[role].some((each) => each.name === name))
    return { url, wanted: { kind: "value", value: name, why: because(`${name} answers`, "yes") } };
  if (reach.kind === "down") return out(`${name} does not answer: ${reach.problem}`, "no");
  if (reservation !== undefined) return out(`the GPU of ${name} is kept for ${reservation.by}`);
  const { word, because: reason } = roles[role];
  if (word === "no") return out(`${name} is not for such requests: ${reason}`);
  if (word === "undecided") return held(`whether ${name} is for such requests cannot be told: ${reason}`);
  return held(reach.kind === "unknown" ? `${name}: ${reach.problem}` : `the routes to ${name} are being made`);
}

/** Of an address in a slice at which no server is now. */
function leavingOf(world: World, role: Role, name: string, own: ServerWish | undefined): Wanted {
  const { nowMs, startedAtMs } = world;
  const held = (reason: string): Wanted => ({ kind: "hold", reason, why: whyOf(world, role, reason) });
  const gone = (text: string, isDeclared: boolean): Wanted => ({
    kind: "absent",
    why: { ...whyOf(world, role, text), isDeclared },
  });
  if (name === "") return gone("somebody else put it there", true);
  if (own !== undefined) {
    const { url, wanted } = own;
    if (wanted.kind !== "value") return wanted;
    return gone(`${name} is at ${url ?? "another address"} now`, true);
  }
  const isUnheard = world.node(name) === undefined && world.cluster.node(name) !== undefined;
  if (nowMs - startedAtMs < hearingMs || isUnheard) return held(`${name} was not heard of since the collector started`);
  // Nobody said that it is gone; that nobody speaks of it any more must hold for a while.
  return gone(`neither an agent nor the policy speaks of ${name} any more`, false);
}

function isRouted({ policy: { routing } }: World, role: Role): boolean {
  return routing[role] !== undefined || routing.servers.some(({ roles }) => roles.includes(role));
}

function whyOf({ policy }: World, role: Role, text: string): Why {
  return { text, place: policy.source, expression: policy.routing[role]?.text ?? "", facts: [] };
}

function hold(reason: string): Decision {
  return { kind: "hold", reason };
}
