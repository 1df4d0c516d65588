"use strict";

/** matrix-bot-sdk takes this as its default and lets us set another; `src/matrix/http.ts` always does, before the first call. */
module.exports = function request() {
  throw new Error("vendor/request stands in for the unmaintained package `request` and makes no calls: set another with matrix-bot-sdk's setRequestFn first");
};
