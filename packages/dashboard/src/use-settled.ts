/** A value that somebody types, once they pause. */
import { useEffect, useState } from "preact/hooks";
import { after } from "./clock.ts";

const pauseMs = 250;

/** The value as it was when it last stood still for a moment. */
export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => after(pauseMs, () => setSettled(value)), [value]);
  return settled;
}
