"""Prepares pictures as open_clip's evaluation transform does, with Pillow and numpy alone.

For each line {"file", "count"} on stdin it prepares that file so often, and answers with a line
{"cpuMs": of one picture, "sha256": of the tensor}. A line with the versions comes first.
"""

import hashlib
import io
import json
import sys
import time
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

SIZE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32).reshape(3, 1, 1)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32).reshape(3, 1, 1)


def prepare(data: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    width, height = image.size
    target = (SIZE, int(SIZE * height / width)) if width <= height else (int(SIZE * width / height), SIZE)
    image = image.resize(target, Image.BICUBIC)
    left, top = (int(round((side - SIZE) / 2.0)) for side in target)
    image = image.crop((left, top, left + SIZE, top + SIZE)).convert("RGB")
    tensor = np.asarray(image).transpose(2, 0, 1).astype(np.float32, order="C")
    tensor /= np.float32(255)
    tensor -= MEAN
    tensor /= STD
    return tensor


print(json.dumps({"pillow": PIL.__version__, "numpy": np.__version__}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    data = Path(task["file"]).read_bytes()
    started = time.process_time()
    for _ in range(task["count"]):
        tensor = prepare(data)
    milliseconds = (time.process_time() - started) * 1000 / task["count"]
    print(json.dumps({"cpuMs": milliseconds, "sha256": hashlib.sha256(tensor.tobytes()).hexdigest()}), flush=True)
