/** For what holds within a property, on the way: an `expect` that is met only sometimes says nothing when it is not met. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

/** What is there, or the test has failed. */
export function found<T>(value: T | undefined, what = "something that has to be there"): T {
  if (value === undefined) throw new Error(`not there: ${what}`);
  return value;
}
