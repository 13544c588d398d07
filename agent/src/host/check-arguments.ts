/** Holds a call against the table of commands. A call that fits no form is a bug of ours, or somebody else's words in our arguments. */
import { AppError } from "@nodekeeper/shared";
import type { CommandForm, CommandRule } from "./commands.ts";

/** Throws INTERNAL unless the arguments fit one of the command's forms. */
export function checkArguments(name: string, rule: CommandRule, args: readonly string[]): void {
  if (rule.forms.some((form) => fits(form, args))) return;
  throw new AppError("INTERNAL", `${name} may not be run with the arguments ${JSON.stringify(args)}`);
}

function fits(form: CommandForm, args: readonly string[]): boolean {
  const operand = form.operand === undefined ? undefined : args.at(-1);
  if (form.operand !== undefined && (operand === undefined || !form.operand.test(operand))) return false;
  const seen = new Set<string>();
  const rest = (operand === undefined ? args : args.slice(0, -1)).values();
  for (const argument of rest) {
    if (seen.has(argument)) return false;
    seen.add(argument);
    if (form.required.includes(argument) || form.allowed.includes(argument)) continue;
    const value = Object.hasOwn(form.options, argument) ? form.options[argument] : undefined;
    if (value === undefined || !value.test(rest.next().value ?? "")) return false;
  }
  return form.required.every((argument) => seen.has(argument));
}
