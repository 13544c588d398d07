/** What Kubernetes takes as a label (apimachinery, util/validation). */
import { isLabelValue, maximumLabelLength } from "../../policy/label-text.ts";

/** Why a text cannot be the value of a label; undefined where it can. An empty one can. */
export function problemOfLabelValue(value: string): string | undefined {
  if (isLabelValue(value)) return undefined;
  if (value.length > maximumLabelLength)
    return `it has ${value.length} characters, and the value of a label has at most ${maximumLabelLength}`;
  return 'the value of a label has letters, digits, "-", "_" and "." only, and begins and ends with a letter or a digit';
}

/** The part of a label's key after its domain; all of it where it has none. */
export function nameOfKey(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** The part before. */
export function domainOfKey(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf("/")));
}
