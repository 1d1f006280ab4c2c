"""Writes the towers as ONNX in the folder layout in which open-clip models are published for Immich.

The batch is free in both graphs, and both give vectors of length 1.
"""

import json
import os
from pathlib import Path

import numpy
import onnxruntime
import torch
from model import CONTEXT_LENGTH, EMBED_DIM, IMAGE_SIZE, ImageTower, TextTower
from tokenizers import Tokenizer
from torch import Tensor, nn
from vocabulary import END, PADDING, START, UNKNOWN

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
FOLDER = Path(os.environ.get("DEMO_CLIP", Path(__file__).parent.parent))


def export(image_tower: ImageTower, text_tower: TextTower, tokenizer: Tokenizer) -> None:
    write_graph(image_tower, torch.randn(3, 3, IMAGE_SIZE, IMAGE_SIZE), "image", "visual")
    texts = ["a red car on the beach", "boats at night", "a plate of spaghetti"]
    ids = torch.zeros(3, CONTEXT_LENGTH, dtype=torch.int32)
    for row, encoding in zip(ids, tokenizer.encode_batch(texts)):
        row[: len(encoding.ids)] = torch.tensor(encoding.ids)
    write_graph(text_tower, ids, "text", "textual")

    write_json(
        "config.json",
        {
            "embed_dim": EMBED_DIM,
            "vision_cfg": {"image_size": IMAGE_SIZE, "layers": 2, "width": 160, "head_width": 40, "patch_size": 16},
            "text_cfg": {
                "context_length": CONTEXT_LENGTH,
                "vocab_size": tokenizer.get_vocab_size(),
                "width": 128,
                "heads": 4,
                "layers": 2,
            },
        },
    )
    write_json(
        "visual/preprocess_cfg.json",
        {
            "size": [IMAGE_SIZE, IMAGE_SIZE],
            "mode": "RGB",
            "mean": MEAN,
            "std": STD,
            "interpolation": "bicubic",
            "resize_mode": "shortest",
            "fill_color": 0,
        },
    )
    write_json("textual/tokenizer.json", json.loads(tokenizer.to_str()))
    write_json(
        "textual/tokenizer_config.json",
        {
            "model_max_length": CONTEXT_LENGTH,
            "pad_token": PADDING,
            "unk_token": UNKNOWN,
            "bos_token": START,
            "eos_token": END,
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
    )


def write_graph(tower: nn.Module, sample: Tensor, name: str, part: str) -> None:
    """Exports one tower, then checks that onnxruntime gives what torch gives, at two batch sizes."""
    file = FOLDER / part / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        tower,
        (sample,),
        file,
        input_names=[name],
        output_names=["embedding"],
        dynamic_axes={name: {0: "batch"}, "embedding": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    for batch in (sample, sample[:1]):
        with torch.no_grad():
            expected = tower(batch).numpy()
        (given,) = session.run(None, {name: batch.numpy()})
        worst = float(numpy.abs(given - expected).max())
        print(f"{part}: {file.stat().st_size:,} bytes, batch {len(batch)}: at most {worst:.1e} from torch")
        if worst > 1e-5:
            raise RuntimeError(f"{file} gives other vectors than torch does: {worst:.1e} apart.")


def write_json(name: str, content: dict) -> None:
    (FOLDER / name).write_text(json.dumps(content, indent=2) + "\n")
