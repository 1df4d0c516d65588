/** For what holds within a property, on the way: an `expect` that is met only sometimes says nothing when it is not met. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
