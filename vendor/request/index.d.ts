/** Throws: see the README. */
declare function request(): never;
export = request;
