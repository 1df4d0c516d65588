/** `items` in pieces of at most `size`, in order. */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** `items` in pieces of 128, 64, … 1, in order: whatever their number, there are few different statements to prepare. */
export function* binaryChunks<T>(items: readonly T[]): Generator<readonly T[]> {
  let start = 0;
  for (let size = 128; size >= 1; size /= 2) for (; items.length - start >= size; start += size) yield items.slice(start, start + size);
}
