/**
 * Compares two texts by code points, which is how Lance compares their UTF-8: negative where the
 * first comes first. JavaScript's own `<` compares UTF-16, and has U+FFFF after U+1F600.
 */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = a.charCodeAt(index) - b.charCodeAt(index);
    if (difference === 0) continue;
    const byPlane = Number(isSurrogate(a, index)) - Number(isSurrogate(b, index));
    return byPlane === 0 ? difference : byPlane;
  }
  return a.length - b.length;
}

/** Half of a character beyond U+FFFF. */
function isSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xf800) === 0xd800;
}
