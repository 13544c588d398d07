/** What the labels of a Node should be after a history of us and of people: the rules in a few lines, beside which the real thing is held. */
import type { Wishes } from "./label-bench.ts";

/** The labels of one Node. */
export interface LabelModel {
  /** All that is wanted is done; what is ours and is not mentioned is taken back. */
  settle(wishes: Wishes): void;
  /** A person sets or removes (null) a label. */
  edit(key: string, value: string | null): void;
  /** Another controller applies a label, as one more whose it is. */
  share(key: string, value: string): void;
  /** It is forgotten who wrote what, but for the ledger; and until the next apply the API server does not note it either. */
  wipe(): void;
  labels(): Readonly<Record<string, string>>;
}

/** One that we never wrote to. */
export function createLabelModel(domain: string, start: Readonly<Record<string, string>>): LabelModel {
  const live = new Map(Object.entries(start));
  const own = new Map<string, { readonly wrote: string; readonly was: string | undefined }>();
  /** Labels whose present value a person is noted for. */
  const ofPeople = new Set(live.keys());
  let isNoted = true;
  const put = (key: string, value: string | undefined): void => {
    if (value === undefined) live.delete(key);
    else live.set(key, value);
  };
  const set = (key: string, value: string): void => {
    const before = live.get(key);
    const mine = own.get(key);
    if (mine === undefined && before === value) return;
    own.set(key, { wrote: value, was: mine === undefined ? before : mine.was });
    live.set(key, value);
    isNoted = true;
    if (before !== value) ofPeople.delete(key);
  };
  const release = (key: string): void => {
    const mine = own.get(key);
    own.delete(key);
    if (mine !== undefined && live.get(key) === mine.wrote && !ofPeople.has(key)) put(key, mine.was);
  };
  return {
    settle(wishes) {
      for (const key of [...own.keys()]) if (!(key.slice(domain.length + 1) in wishes)) release(key);
      for (const [name, value] of Object.entries(wishes)) {
        if (value === null) release(`${domain}/${name}`);
        else if (value !== undefined) set(`${domain}/${name}`, value);
      }
    },
    edit(key, value) {
      if (live.get(key) === (value ?? undefined)) return;
      put(key, value ?? undefined);
      if (value === null) ofPeople.delete(key);
      else if (isNoted) ofPeople.add(key);
    },
    share(key, value) {
      put(key, value);
      ofPeople.add(key);
      isNoted = true;
    },
    wipe() {
      ofPeople.clear();
      isNoted = false;
    },
    labels: () => Object.fromEntries(live),
  };
}
