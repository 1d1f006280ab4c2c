import { PixelScale } from '../src/imaging/pixel-scale.ts';

export const SIZE = 224;

/** How pictures are prepared for a ViT-B-32 of OpenCLIP's. */
export const CLIP_RECIPE = {
  size: { width: SIZE, height: SIZE },
  resizeMode: 'shortest',
  interpolation: 'bicubic',
  scale: new PixelScale([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
} as const;
