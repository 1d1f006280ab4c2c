"""Makes of a model of open_clip a folder that Viewfinder reads, with a free batch and vectors of length 1; then
embeds pictures and texts with open_clip, with the graphs in Python and with Viewfinder, and prints how far each
step is from open_clip's. Exits with 1 where one is farther than the tolerance.

    pip install -r tools/export-open-clip.requirements.txt
    python tools/export-open-clip.py ViT-B-32 --pretrained laion2b_s34b_b79k --out models
    python tools/export-open-clip.py mine --config mine.json --pretrained mine.safetensors --out models

MODEL is a name of open_clip's, `hf-hub:ORG/NAME`, `local-dir:FOLDER`, or the name that the model of --config gets.
Of a checkpoint that is a pickle (.pt, .bin) only tensors are loaded, never code.
"""

import argparse
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy
import onnx
import onnxruntime
import open_clip
import torch
from PIL import Image
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parent.parent
TWO_GB = 2**31 - 2**20  # what one file of protobuf can hold
TEXTS = [
    "", "microscope", "a photo of a bone", "  Two   red cars, parked!  ", "it's 42.5 % (x-ray)", "os cassé &amp; fracturé",
    "&lt;html&gt;", "naïve cafÃ©", "骨折の写真", "a_b-c #tag", "I've GOT it", "word " * 120,
]  # fmt: skip


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--pretrained", default="", help="a tag of open_clip's, or a file of weights")
    parser.add_argument("--config", type=Path, help="a file with open_clip's configuration of a model of your own")
    parser.add_argument("--out", type=Path, default=Path("models"), help="the folder of models (default: models)")
    parser.add_argument("--name", help="of the model's folder (default: MODEL__PRETRAINED)")
    parser.add_argument("--preprocess", type=json.loads, default={}, help="JSON that overrides the preprocessing")
    parser.add_argument("--random-weights", type=int, metavar="SEED", help="weights by lot, for a try")
    parser.add_argument("--no-normalize", action="store_true", help="vectors of any length, for normalize = false")
    parser.add_argument("--batch", choices=["free", "1"], default="free")
    parser.add_argument("--opset", type=int, default=18)
    parser.add_argument("--external-data", action="store_true", help="weights beside the graph, as above 2 GB")
    parser.add_argument("--also", nargs="*", choices=["fp16", "int8"], default=[], help="graphs of less precision beside it")
    parser.add_argument("--pictures", type=Path, default=ROOT / "test/fixtures/golden/pictures", help="for the report")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="of a component of a vector of fp32")
    parser.add_argument("--node", default=str(ROOT / "node_modules/.bin/node"), help="Node 24")
    return parser.parse_args(arguments)


def load(args: argparse.Namespace) -> tuple[nn.Module, dict]:
    """The model, and its configuration as open_clip has it."""
    if args.config:
        folder = tempfile.mkdtemp()
        shutil.copy(args.config, Path(folder) / f"{args.model}.json")
        open_clip.add_model_config(folder)
    if args.random_weights is not None:
        torch.manual_seed(args.random_weights)
    by_schema = args.model.startswith(("hf-hub:", "local-dir:"))
    try:
        model = open_clip.create_model(
            args.model,
            pretrained=args.pretrained or None,
            require_pretrained=args.random_weights is None,
            pretrained_text=False,
            force_preprocess_cfg=args.preprocess,
            weights_only=True,
        )
    except Exception as error:
        sys.exit(f"open_clip cannot load the model: {str(error).strip().splitlines()[0]}")
    config = model_config(args.model) if by_schema else open_clip.get_model_config(args.model)
    return model.eval().requires_grad_(False), config


def model_config(name: str) -> dict:
    if name.startswith("local-dir:"):
        return json.loads((Path(name.removeprefix("local-dir:")) / "open_clip_config.json").read_text())["model_cfg"]
    from open_clip.factory import _get_hf_config

    return _get_hf_config(name.removeprefix("hf-hub:"))["model_cfg"]


class Tower(nn.Module):
    """One half of the model, as a graph."""

    def __init__(self, model: nn.Module, encode: str, normalize: bool):
        super().__init__()
        self.model, self.encode, self.normalize = model, encode, normalize
        self.eval()  # the exporter puts everything back into the mode that it finds here

    def forward(self, inputs: Tensor) -> Tensor:
        return getattr(self.model, self.encode)(inputs, normalize=self.normalize)


def export(tower: Tower, sample: Tensor, name: str, folder: Path, args: argparse.Namespace) -> Path:
    """Writes model.onnx. Weights come beside it in one file where they do not fit into it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "model.onnx"
    for old in folder.glob("model*.onnx*"):
        old.unlink()
    free = {name: {0: "batch"}, "embedding": {0: "batch"}} if args.batch == "free" else None
    with tempfile.TemporaryDirectory(dir=folder) as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Two items, so that nothing of the graph is made for one alone.
        inputs = torch.cat([sample, sample]) if free else sample
        raw = Path(scratch) / "model.onnx"
        torch.onnx.export(
            tower, (inputs,), str(raw), input_names=[name], output_names=["embedding"],
            dynamic_axes=free, opset_version=args.opset, dynamo=False,
        )  # fmt: skip
        graph = onnx.load(raw)
    if args.external_data or sum(len(weights.raw_data) for weights in graph.graph.initializer) > TWO_GB:
        onnx.save(graph, file, save_as_external_data=True, location="model.onnx.data", size_threshold=0)
    else:
        onnx.save(graph, file)
    return file


def write_variant(file: Path, dtype: str) -> None:
    target = file.with_name(f"model_{dtype}.onnx")
    if dtype == "fp16":
        from onnxruntime.transformers.float16 import convert_float_to_float16

        onnx.save(convert_float_to_float16(onnx.load(file), keep_io_types=False), target)
    else:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(file, target, weight_type=QuantType.QInt8)


def write_tokenizer(tokenizer: object, folder: Path) -> None:
    """Of open_clip's own tokenizer what Viewfinder takes of it: byte pairs, and what stands around a text."""
    if isinstance(tokenizer, open_clip.tokenizer.HFTokenizer):
        tokenizer.save_pretrained(folder)
        return
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    start, end = "<start_of_text>", "<end_of_text>"
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.get)
    pairs = [pair for pair in merges if len(pair) == 2]
    written = Tokenizer(
        models.BPE(vocab=tokenizer.encoder, merges=pairs, unk_token=end, end_of_word_suffix="</w>"),
    )
    written.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    written.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    written.decoder = decoders.ByteLevel()
    frame = [(start, tokenizer.sot_token_id), (end, tokenizer.eot_token_id)]
    written.post_processor = processors.TemplateProcessing(single=f"{start} $A {end}", special_tokens=frame)
    written.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": tokenizer.context_length, "pad_token": end}
    write_json(folder / "tokenizer_config.json", config | {"bos_token": start, "eos_token": end, "unk_token": end})


def write_json(file: Path, content: dict) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n")


def public(config: dict) -> dict:
    """The configuration without paths of this machine."""
    text = dict(config.get("text_cfg", {}))
    if "tokenizer_kwargs" in text:
        text["tokenizer_kwargs"] = {key: value for key, value in text["tokenizer_kwargs"].items() if key != "bpe_path"}
    for key in ("hf_tokenizer_name", "hf_model_name"):
        if key in text and Path(text[key]).exists():
            text[key] = Path(text[key]).name
    return {**config, "text_cfg": text}


def floats(text: str) -> numpy.ndarray:
    return numpy.frombuffer(base64.b64decode(text), dtype="<f4")


def apart(ours: list[numpy.ndarray], theirs: list[numpy.ndarray]) -> float:
    """The farthest of all components; NaN where the shapes or a number are not what they should be."""
    if [each.shape for each in ours] != [each.shape for each in theirs]:
        return float("nan")
    return max((float(numpy.abs(a.astype(numpy.float64) - b).max()) for a, b in zip(ours, theirs)), default=0.0)


def unit(vectors: numpy.ndarray) -> numpy.ndarray:
    return vectors / numpy.linalg.norm(vectors, axis=-1, keepdims=True)


def run_graph(file: Path, items: list[Tensor], fixed: bool) -> list[numpy.ndarray]:
    """In batches of three where the batch is free, so that this is tried as well."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    kind = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(int32)": "int32"}[taken.type]
    step = 1 if fixed else 3
    batches = [numpy.stack([item.numpy() for item in items[i : i + step]]) for i in range(0, len(items), step)]
    outputs = [session.run(None, {taken.name: batch.astype(kind)})[0] for batch in batches]
    return list(unit(numpy.concatenate(outputs).astype(numpy.float32)))


def embed_with_viewfinder(args: argparse.Namespace, name: str, dtype: str, pictures: list[Path]) -> dict:
    options = json.dumps({"name": name, "pretrained": "", "dtype": dtype})
    what = json.dumps({"pictures": [str(each.resolve()) for each in pictures], "texts": TEXTS})
    command = [args.node, str(ROOT / "tools/embed-file.ts"), str(args.out), options]
    done = subprocess.run(command, input=what, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"Viewfinder cannot embed with the new folder: {done.stderr.strip()}")
    return json.loads(done.stdout)


def report(args: argparse.Namespace, model: nn.Module, tokenizer: object, folder: Path) -> bool:
    """Prints, for each step, how far what is written there is from open_clip. Whether all is near enough."""
    files, pixels = [], []
    transform = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(**model.visual.preprocess_cfg), is_train=False
    )
    for file in sorted(args.pictures.iterdir()):
        if file.suffix in (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif"):
            with Image.open(file) as picture:
                pixels.append(transform(picture))
            files.append(file)
    tokens = [tokenizer([text])[0].int() for text in TEXTS]
    with torch.no_grad():
        by_torch = [model.encode_image(each[None], normalize=True)[0].numpy() for each in pixels]
        texts_by_torch = [model.encode_text(each[None], normalize=True)[0].numpy() for each in tokens]
    print(f"\n{folder}: {len(files)} pictures, {len(TEXTS)} texts; the farthest component\n")
    print(f"{'':15}{'torch to ONNX':>16}{'torch to Viewfinder':>22}{'ONNX to Viewfinder':>21}")
    good = True
    for dtype in ["fp32", *args.also]:
        suffix = "" if dtype == "fp32" else f"_{dtype}"
        fixed = args.batch == "1"
        by_onnx = run_graph(folder / f"visual/model{suffix}.onnx", pixels, fixed)
        texts_by_onnx = run_graph(folder / f"textual/model{suffix}.onnx", tokens, fixed)
        given = embed_with_viewfinder(args, folder.name, dtype, files)
        ours = [floats(each["vector"]) for each in given["pictures"]]
        our_texts = [floats(each["vector"]) for each in given["texts"]]
        if dtype == "fp32":
            same = apart([floats(each["pixels"]) for each in given["pictures"]], [each.numpy().ravel() for each in pixels])
            wrong = sum(list(each["tokens"]) != ids.tolist() for each, ids in zip(given["texts"], tokens))
            print(f"{'preprocessing':15}{'':16}{same:>22.1e}")
            print(f"{'tokens':15}{'':16}{f'{wrong} texts differ':>22}")
            good &= same <= 1e-6 and wrong == 0
        rows = {"image tower": (by_torch, by_onnx, ours), "text tower": (texts_by_torch, texts_by_onnx, our_texts)}
        for part, (torchs, onnxs, viewfinders) in rows.items():
            far = [apart(onnxs, torchs), apart(viewfinders, torchs), apart(viewfinders, onnxs)]
            print(f"{f'{part} {dtype}' if args.also else part:15} {far[0]:>15.1e}{far[1]:>22.1e}{far[2]:>21.1e}")
            good &= dtype != "fp32" or all(value <= args.tolerance for value in far)
    print(f"\nfp32 is {'within' if good else 'NOT within'} {args.tolerance:.0e} of open_clip.")
    return good


def main(args: argparse.Namespace) -> bool:
    torch.backends.mha.set_fastpath_enabled(False)
    model, config = load(args)
    stem = Path(args.pretrained).stem if Path(args.pretrained).is_file() else args.pretrained
    own = re.split(r"[:/]", args.model.rstrip("/"))[-1]
    name = args.name or "__".join(filter(None, [own, stem]))
    folder = args.out / name
    tokenizer = open_clip.get_tokenizer(args.model)
    size = model.visual.preprocess_cfg["size"]
    height, width = (size, size) if isinstance(size, int) else size
    normalize = not args.no_normalize
    visual = export(
        Tower(model, "encode_image", normalize), torch.rand(1, 3, height, width), "image", folder / "visual", args
    )
    sample = tokenizer(["a photo"]).int()
    textual = export(Tower(model, "encode_text", normalize), sample, "text", folder / "textual", args)
    for file in (visual, textual):
        for dtype in args.also:
            write_variant(file, dtype)
    write_json(folder / "config.json", public(config))
    write_json(folder / "visual/preprocess_cfg.json", model.visual.preprocess_cfg)
    write_tokenizer(tokenizer, folder / "textual")
    return report(args, model, tokenizer, folder)


if __name__ == "__main__":
    sys.exit(0 if main(parse_arguments()) else 1)
