/** Python's `round`, which timm, torchvision and Pillow use: halves go to the even neighbour. */
export function halfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
