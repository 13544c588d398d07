/** The node has what Longhorn needs, by longhornctl's own checks. Only of a machine that is, or is to be, one of Longhorn's nodes. */
import { type LonghornCheck, LonghornCheckLevel } from "@nodekeeper/proto";
import { prerequisiteRemedy } from "../../longhorn/prerequisite-remedy.ts";
import { toldSubjects } from "../../policy/facts/heard-probe.ts";
import { hear, longhornWish, type Machine } from "../machine.ts";
import { type Obstacle, places } from "../step.ts";
import { type Checked, unconcerned } from "./checked.ts";

/** Codes that are not made of the check's name. */
const codes: Readonly<Record<string, string>> = { iscsid: "no-iscsid", multipathd: "multipathd" };

/** An error is in the way, and so is multipathd, which takes volumes away from under their pods; other warnings are evidence. */
export function checkPrerequisites(machine: Machine): Checked {
  const longhorn = hear(machine, "longhorn", ["longhorn_check"]);
  if (longhorn.kind === "absent") return unconcerned;
  const checks =
    longhorn.kind === "heard"
      ? toldSubjects(longhorn.probe, "longhorn_check").flatMap(({ id, value }) =>
          value?.case === "longhornCheck" ? [{ id, check: value.value }] : [],
        )
      : [];
  const wish = longhornWish(machine);
  const isHere = checks.some(({ check }) => check.isLonghornHere === true);
  if (wish.kind === "no" && !isHere) return unconcerned;
  if (longhorn.kind === "unheard") return { ...unconcerned, unknown: { text: longhorn.reason, probes: ["longhorn"] } };
  if (wish.kind === "unknown" && !isHere) return { ...unconcerned, unknown: { text: wish.reason, probes: [] } };
  const bad = checks.filter(
    ({ id, check }) =>
      check.level === LonghornCheckLevel.ERROR || (id === "multipathd" && check.level === LonghornCheckLevel.WARN),
  );
  const warned = checks.filter(
    ({ check }) => check.level === LonghornCheckLevel.WARN && !bad.some((each) => each.check === check),
  );
  return {
    obstacles: bad.map(({ id, check }) => obstacleOf(id, check)),
    evidence: [
      { name: "checks of Longhorn", value: `${checks.length}, none failed` },
      ...warned.map(({ id, check }) => ({ name: id, value: check.message })),
    ],
  };
}

function obstacleOf(id: string, { level, message, remedy: told }: LonghornCheck): Obstacle {
  const text = level === LonghornCheckLevel.ERROR ? `${message}: Longhorn does not work so` : message;
  const common = { code: codes[id] ?? `longhorn-${id}`, probes: ["longhorn"] };
  const remedy = prerequisiteRemedy(told);
  if (remedy?.isCommand === true) return { ...common, text, command: remedy.text, on: places.node };
  const advice = remedy === undefined ? "" : `. ${remedy.text}`;
  return { ...common, text: `${text}${advice}`, command: "longhornctl check preflight", on: places.kubectl };
}
