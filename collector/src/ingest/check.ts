/**
 * Checks as data: a table says for each field of a message what it may be, and what is not so becomes unknown. Nothing is changed in
 * place: what is given back is a copy.
 */
import type { DescEnum, Message } from "@bufbuild/protobuf";
import { internText } from "./intern.ts";
import type { ProblemCollector } from "./problem.ts";

/** Gives the value back, or what takes its place after saying why. */
export type Check<Value> = (value: Value, problems: ProblemCollector) => Value;

/** A check for every field; a field that is new on the wire is a type error until it has one. */
export type MessageChecks<Of extends Message> = {
  readonly [Field in Exclude<keyof Of, "$typeName" | "$unknown">]-?: Check<Of[Field]>;
};

/** Texts that devices and systems give. Long enough for every model name and path that makes sense. */
export const defaultTextBytes = 256;

/** Control and format characters: they have no place in a name, and they do harm in terminals and logs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** True for a text that can be shown as it is and is not longer than this. */
export function isPrintable(text: string, maximumBytes: number): boolean {
  return text.length <= maximumBytes && Buffer.byteLength(text) <= maximumBytes && !unprintable.test(text);
}

/** A printable text; another one becomes empty, which is unknown. */
export function text(maximumBytes: number = defaultTextBytes): Check<string> {
  return (value, problems) => {
    if (isPrintable(value, maximumBytes)) return internText(value);
    problems.report("text", `a text of ${Buffer.byteLength(value)} bytes is too long (${maximumBytes}) or not printable`);
    return "";
  };
}

/** Printable texts, at most so many; others are left out. */
export function texts(maximumCount: number, maximumBytes: number = defaultTextBytes): Check<string[]> {
  return list(maximumCount, (value, problems) => {
    if (isPrintable(value, maximumBytes)) return internText(value);
    problems.report("text", `a text of ${Buffer.byteLength(value)} bytes is too long (${maximumBytes}) or not printable`);
    return undefined;
  });
}

/** A number that may be unknown, within bounds; outside of them it becomes unknown. */
export function within(minimum: number, maximum: number): Check<number | undefined> {
  return (value, problems) => {
    if (value === undefined || (value >= minimum && value <= maximum)) return value;
    problems.report("number_range", `${value} is not within ${minimum} and ${maximum}`);
    return undefined;
  };
}

/** As within, for a number that must be there; outside of the bounds it becomes 0. */
export function requiredWithin(minimum: number, maximum: number): Check<number> {
  return (value, problems) => within(minimum, maximum)(value, problems) ?? 0;
}

/** As within, for 64 bits. */
export function within64(maximum: bigint): Check<bigint | undefined> {
  return (value, problems) => {
    if (value === undefined || value <= maximum) return value;
    problems.report("number_range", `${value} is over ${maximum}`);
    return undefined;
  };
}

/** Numbers within bounds, at most so many; others are left out. */
export function numbersWithin(maximumCount: number, minimum: number, maximum: number): Check<number[]> {
  return list(maximumCount, within(minimum, maximum));
}

/** True, false or unknown: nothing can be wrong. */
export function flag(value: boolean | undefined): boolean | undefined {
  return value;
}

/** A value of an enum that this build knows; another becomes UNSPECIFIED. */
export function known<Value extends number>(schema: DescEnum): Check<Value> {
  return (value, problems) => {
    if (schema.value[value] !== undefined) return value;
    problems.report("enum", `${value} is no value of ${schema.name}`);
    // 0 is UNSPECIFIED in every enum of the wire (buf lint holds to it).
    return 0 as Value;
  };
}

/** A message, field by field. */
export function message<Of extends Message>(checks: MessageChecks<Of>): Check<Of> {
  // Keys and values of one table: each check fits the field of its own name.
  const fields = Object.entries(checks) as [keyof Of & string, Check<Of[keyof Of & string]>][];
  return (value, problems) => {
    const checked = { ...value };
    for (const [field, check] of fields) {
      const after = problems.at(field, () => check(value[field], problems));
      if (after !== undefined || field in value) checked[field] = after;
    }
    return checked;
  };
}

/** A message that may be missing. */
export function optionalMessage<Of extends Message>(checks: MessageChecks<Of>): Check<Of | undefined> {
  const check = message(checks);
  return (value, problems) => (value === undefined ? undefined : check(value, problems));
}

/** Messages, at most so many. */
export function messages<Of extends Message>(maximumCount: number, checks: MessageChecks<Of>): Check<Of[]> {
  return list(maximumCount, message(checks));
}

/** Elements, at most so many; what an element's check makes undefined is left out. */
function list<Element>(
  maximumCount: number,
  check: (element: Element, problems: ProblemCollector) => Element | undefined,
): Check<Element[]> {
  return (elements, problems) => {
    if (elements.length > maximumCount) {
      problems.report("elements_too_many", `${elements.length} elements, ${maximumCount} are taken`);
    }
    const kept: Element[] = [];
    elements.slice(0, maximumCount).forEach((element, index) => {
      const after = problems.at(String(index), () => check(element, problems));
      if (after !== undefined) kept.push(after);
    });
    return kept;
  };
}
