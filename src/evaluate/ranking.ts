/** Index of the largest value; of equals, the first. */
export function bestOf(values: Float32Array): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0);
}

/** How many classes stand before this one: 0 for the best. Of equals the lower index stands first. */
export function rankOf(values: Float32Array, index: number): number {
  const own = values[index] ?? Number.NEGATIVE_INFINITY;
  return values.reduce((rank, value, other) => rank + (value > own || (value === own && other < index) ? 1 : 0), 0);
}
