import { crc32, deflateSync } from 'node:zlib';

const SIDE = 16;

/** A PNG of 16 x 16 pixels, which no working model fails on. */
export const PLAIN_PICTURE = plainPicture([96, 128, 160]);

/** Such a PNG of one colour: red, green and blue of 0 to 255. */
export function plainPicture(colour: readonly [number, number, number]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  // 8 bits of each of red, green and blue; the rest is 0.
  header.set([8, 2], 8);
  const row = [0, ...Array.from({ length: SIDE }, () => colour).flat()];
  const rows = Buffer.from(Array.from({ length: SIDE }, () => row).flat());
  const signature = Buffer.from([0x89, ...Buffer.from('PNG\r\n\x1a\n')]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND')]);
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type), data]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
