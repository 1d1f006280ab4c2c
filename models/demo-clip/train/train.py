"""Trains the two towers on what render.ts drew, and exports them.

    python train.py FOLDER [STEPS]

FOLDER is what render.ts filled. The model is written beside this folder, in the layout of every
open-clip model (see export.py). The same folder, steps and torch on the same kind of processor give the same model.
"""

import json
import math
import random
import sys
import time
from pathlib import Path

import numpy
import torch
from export import MEAN, STD, export
from model import CONTEXT_LENGTH, IMAGE_SIZE, ImageTower, TextTower
from PIL import Image
from torch import Tensor, nn
from vocabulary import build_tokenizer

SEED = 4
BATCH = 192
UNRELATED = 32
LABEL_SMOOTHING = 0.05
LEARNING_RATE = 1e-3
# As src/demo/caption.ts has it.
UNKNOWN_WORD = "zzz"


def load_pictures(folder: Path, files: list[str]) -> Tensor:
    """uint8 [N, 3, 96, 96], resized and cropped as the plugin does it."""
    pictures = torch.empty(len(files), 3, IMAGE_SIZE, IMAGE_SIZE, dtype=torch.uint8)
    for index, file in enumerate(files):
        with Image.open(folder / file) as image:
            width = IMAGE_SIZE * image.width // image.height
            left = (width - IMAGE_SIZE) // 2
            small = image.convert("RGB").resize((width, IMAGE_SIZE), Image.Resampling.BICUBIC)
            pixels = numpy.asarray(small.crop((left, 0, left + IMAGE_SIZE, IMAGE_SIZE)))
        pictures[index] = torch.from_numpy(pixels.copy()).permute(2, 0, 1)
    return pictures


def is_true_of(says: dict[str, str], scene: dict[str, str]) -> bool:
    return all(scene[attribute] == value for attribute, value in says.items())


def contrast(logits: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy of each row; the right answers of a row, where there are several, share it evenly."""
    target = true / true.sum(1, keepdim=True)
    target = (1 - LABEL_SMOOTHING) * target + LABEL_SMOOTHING / logits.shape[1]
    return -(target * logits.log_softmax(1)).sum(1).mean()


def main(folder: Path, steps: int) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    choose = random.Random(SEED)

    lines = [json.loads(line) for line in (folder / "captions.jsonl").read_text().splitlines()]
    unrelated = (folder / "unrelated.txt").read_text().splitlines()
    pictures = load_pictures(folder, [line["file"] for line in lines])
    tokenizer = build_tokenizer([caption["text"] for line in lines for caption in line["captions"]], UNKNOWN_WORD)
    tokenizer.enable_padding(pad_id=0, pad_token="<pad>")
    tokenizer.enable_truncation(CONTEXT_LENGTH)

    image_tower = ImageTower().to(memory_format=torch.channels_last)
    text_tower = TextTower(tokenizer.get_vocab_size())
    scale = nn.Parameter(torch.tensor(math.log(20.0)))
    towers = nn.ModuleList([image_tower, text_tower])
    print(f"{sum(p.numel() for p in towers.parameters()):,} parameters, {tokenizer.get_vocab_size()} tokens", flush=True)

    optimizer = torch.optim.AdamW([*towers.parameters(), scale], lr=LEARNING_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.15)
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)

    started = time.time()
    order: list[int] = []
    for step in range(1, steps + 1):
        if len(order) < BATCH:
            order = choose.sample(range(len(lines)), len(lines))
        batch, order = order[:BATCH], order[BATCH:]
        captions = [choose.choice(lines[index]["captions"]) for index in batch]
        texts = [caption["text"] for caption in captions] + choose.sample(unrelated, UNRELATED)
        true = torch.tensor(
            [[is_true_of(caption["says"], lines[index]["scene"]) for caption in captions] for index in batch],
            dtype=torch.float32,
        )
        images = (pictures[batch].float() / 255 - mean) / std
        mirrored = torch.rand(BATCH) < 0.5
        images[mirrored] = images[mirrored].flip(-1)
        tokens = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(texts)], dtype=torch.int32)

        with torch.autocast("cpu", torch.bfloat16):
            image_vectors = image_tower(images.contiguous(memory_format=torch.channels_last))
            text_vectors = text_tower(tokens)
        cosines = image_vectors.float() @ text_vectors.float().T
        logits = scale.clamp(max=math.log(100.0)).exp() * cosines
        # A picture tells the true sentences from all others, those about other things among them;
        # a sentence tells its pictures from the others.
        without = torch.cat([true, torch.zeros(BATCH, UNRELATED)], dim=1)
        loss = (contrast(logits, without) + contrast(logits[:, :BATCH].T, true.T)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 25 == 0 or step == steps:
            seen = cosines.detach()[:, :BATCH][true.bool()].mean().item()
            other = cosines.detach()[:, BATCH:].max(0).values.mean().item()
            print(
                f"step {step:5d}  loss {loss.item():.3f}  scale {scale.exp().item():.1f}  "
                f"true {seen:.3f}  unrelated {other:.3f}  {time.time() - started:.0f} s",
                flush=True,
            )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    export(image_tower.eval(), text_tower.eval(), tokenizer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1700)
