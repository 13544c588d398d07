/** The settings of the alarm: whom this machine tells that no collector is there. */
import { choiceOption, durationOption, integerOption, type Option, optionalOption, stringOption } from "@nodekeeper/shared";

/** How a word is told. */
export type AlarmKind = (typeof kinds)[number];

/** What the alarm is told. */
export interface AlarmConfig {
  /** Holds the address, and in a second line a token where one is needed: both are secrets. */
  readonly urlFile: string;
  readonly kind: AlarmKind;
  /** Without a collector for so long people are told. */
  readonly afterMs: number;
  /** Whose turn it is: 0 is the first. Undefined: by chance, after those that were given. */
  readonly rank: number | undefined;
}

const kinds = ["ntfy", "webhook"] as const;

/** The options of the alarm. */
export interface AlarmOptions {
  readonly alarmUrlFile: Option<string | undefined>;
  readonly alarmKind: Option<AlarmKind>;
  readonly alarmAfter: Option<number>;
  readonly alarmRank: Option<number | undefined>;
}

/** Flags and variables. */
export const alarmOptions: AlarmOptions = {
  alarmUrlFile: optionalOption(
    stringOption({
      description: "file with the URL of people who are told when no collector is there; a second line is a token for it",
      placeholder: "FILE",
    }),
    "nobody is told",
  ),
  alarmKind: choiceOption({
    description: "what that URL is: a topic of ntfy, or a webhook that takes JSON",
    choices: kinds,
    default: "ntfy",
  }),
  alarmAfter: durationOption({ description: "without a collector for so long they are told", default: "5m", minimumMs: 10_000 }),
  alarmRank: optionalOption(
    integerOption({ description: "when it is this machine's turn to tell; 0 is the first", minimum: 0, maximum: 100 }),
    "by chance, after those that have one",
  ),
};

/** What was given for them. */
export interface AlarmValues {
  readonly alarmUrlFile: string | undefined;
  readonly alarmKind: AlarmKind;
  readonly alarmAfter: number;
  readonly alarmRank: number | undefined;
}

/** Undefined: nobody is told. */
export function alarmConfig({ alarmUrlFile, alarmKind, alarmAfter, alarmRank }: AlarmValues): AlarmConfig | undefined {
  return alarmUrlFile === undefined
    ? undefined
    : { urlFile: alarmUrlFile, kind: alarmKind, afterMs: alarmAfter, rank: alarmRank };
}
