"""Draws one picture of each mode and kind of file that Pillow writes and Pixano takes. usage: draw_modes.py FOLDER"""
import sys
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageCms

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
chance = np.random.default_rng(5)


def rgb(width, height):
    """Waves with a little noise, of full range."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    waves = [np.sin(x / (9 + 4 * c)) * np.cos(y / (13 - 3 * c)) + np.sin((x + y) / (30 + c)) for c in range(3)]
    levels = (np.stack(waves, axis=-1) + 2) * 60 + chance.normal(0, 6, (height, width, 3))
    return PIL.Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def with_alpha(picture):
    alpha = PIL.Image.linear_gradient("L").resize(picture.size)
    result = picture.copy()
    result.putalpha(alpha)
    return result


wide, tall = rgb(320, 210), rgb(201, 333)
grey = wide.convert("L")
deep = PIL.Image.fromarray(np.asarray(grey).astype(np.uint16) * 257 + 13)
palette = wide.quantize(48)
wide.save(folder / "rgb-png.png")
tall.save(folder / "rgb-tall-png.png")
grey.save(folder / "grey-png.png")
with_alpha(grey).save(folder / "grey-alpha-png.png")
with_alpha(wide).save(folder / "alpha-png.png")
with_alpha(tall).save(folder / "alpha-tall-png.png")
palette.save(folder / "palette-png.png")
palette.save(folder / "palette-transparent-png.png", transparency=3)
wide.convert("1").save(folder / "bits-png.png")
deep.save(folder / "grey-16-png.png")
wide.save(folder / "rgb-jpg.jpg", quality=92)
wide.save(folder / "rgb-444-jpg.jpg", quality=92, subsampling=0)
tall.save(folder / "progressive-jpg.jpg", quality=85, progressive=True)
grey.save(folder / "grey-jpg.jpg")
wide.convert("CMYK").save(folder / "cmyk-jpg.jpg", quality=92)
exif = PIL.Image.Exif()
exif[0x0112] = 6
wide.save(folder / "rotated-jpg.jpg", exif=exif)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
wide.save(folder / "profile-jpg.jpg", icc_profile=profile)
wide.save(folder / "lossy-webp.webp", quality=85)
wide.save(folder / "lossless-webp.webp", lossless=True)
with_alpha(wide).save(folder / "alpha-webp.webp", lossless=True)
wide.save(folder / "still-gif.gif")
grey.save(folder / "grey-gif.gif")
wide.save(folder / "moving-gif.gif", save_all=True, append_images=[rgb(320, 210), rgb(320, 210)], duration=80)
wide.save(folder / "rgb-tif.tif")
grey.save(folder / "grey-tif.tif")
wide.save(folder / "rgb-bmp.bmp")
for width, height in ((224, 224), (223, 225), (500, 33), (7, 400), (1, 1), (1200, 900)):
    rgb(width, height).save(folder / f"size-{width}x{height}.png")
