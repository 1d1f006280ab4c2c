import type { Raster } from './raster.ts';

/** RGBa to RGBA. */
export function unpremultiply(picture: Raster): Raster {
  const { data } = picture;
  const out = Uint8Array.from(data);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] as number;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = i; c < i + 3; c++) out[c] = Math.min(255, Math.trunc((255 * (data[c] as number)) / alpha));
  }
  return { ...picture, data: out };
}

/** CMYK to RGB without a profile, as `cmyk2rgb` in Convert.c. */
export function cmykToRgb(picture: Raster): Raster {
  const { data } = picture;
  const out = new Uint8Array((data.length / 4) * 3);
  for (let i = 0, o = 0; i < data.length; i += 4, o += 3) {
    const light = 255 - (data[i + 3] as number);
    for (let c = 0; c < 3; c++) out[o + c] = light - scaled(data[i + c] as number, light);
  }
  return { ...picture, data: out, channels: 3 };
}

/** I;16 to L: what is brighter than 8 bits can say is white. */
export function lowBytes(picture: Raster<Uint16Array>): Raster {
  return { ...picture, data: Uint8Array.from(picture.data, (sample) => Math.min(sample, 255)) };
}

/** a * b / 255 as Pillow rounds it (`MULDIV255`). */
function scaled(a: number, b: number): number {
  const t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}
