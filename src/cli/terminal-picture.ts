import sharp from 'sharp';

/**
 * A picture as lines for a terminal of 24-bit colour: each character is two pixels, one above the
 * other.
 * @param bytes a picture file
 * @param columns characters of each line
 */
export async function pictureLines(bytes: Uint8Array, columns: number): Promise<string[]> {
  const picture = sharp(bytes).rotate().flatten().toColourspace('srgb').resize({ width: columns });
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const colour = (x: number, y: number) => {
    const at = (Math.min(y, info.height - 1) * info.width + x) * info.channels;
    return `${data[at]};${data[at + 1]};${data[at + 2]}`;
  };
  return Array.from({ length: Math.ceil(info.height / 2) }, (_, row) => {
    const cells = Array.from({ length: info.width }, (_, x) => {
      return `\x1b[38;2;${colour(x, row * 2)}m\x1b[48;2;${colour(x, row * 2 + 1)}m▀`;
    });
    return `${cells.join('')}\x1b[0m`;
  });
}

/** Blocks of lines of the same width, one beside the other. */
export function sideBySide(blocks: readonly (readonly string[])[]): string {
  const height = Math.max(0, ...blocks.map((block) => block.length));
  const lines = Array.from({ length: height }, (_, row) => blocks.map((block) => block[row] ?? '').join('  '));
  return `${lines.join('\n')}\n`;
}
