/** What was known last, while the answer to another question is on its way. */
import { useRef } from "preact/hooks";

/** The value; while it is undefined, the one before. */
export function useLast<Value>(value: Value | undefined): Value | undefined {
  const last = useRef(value);
  if (value !== undefined) last.current = value;
  return last.current;
}
