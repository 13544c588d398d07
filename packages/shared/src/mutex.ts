/** Lets pieces of asynchronous work run one after the other. */

/** Runs the work when everything before it has ended, however that ended. */
export type Mutex = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A mutex that nobody holds. */
export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined); // whoever asked for the work gets its error
    return result;
  };
}
