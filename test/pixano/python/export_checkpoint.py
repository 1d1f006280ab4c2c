"""Writes the test model as open_clip loads it, from the ONNX towers in which Viewfinder has it.
usage: export_checkpoint.py TOWERS TARGET, which makes TARGET.json and TARGET.safetensors"""
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

TOWERS = pathlib.Path(sys.argv[1])
TARGET = pathlib.Path(sys.argv[2])
LINEAR = ("attn.in_proj_weight", "mlp.c_fc.weight", "mlp.c_proj.weight")


def weights(tower, prefix, parameter_prefix):
    """Every parameter of a tower under the name that open_clip has for it: the exporter kept most of the names, wrote
    parameters that are equal once, and transposed the matrices of linear layers, whose names it dropped."""
    graph = onnx.load(TOWERS / tower / "model.onnx").graph
    initializers = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    named = initializers | {name: initializers[of] for name, of in same.items() if of in initializers}
    found = {
        parameter_prefix + name.removeprefix(prefix): value
        for name, value in named.items()
        if name.startswith(prefix) and not name.startswith(("onnx::", "/"))
    }
    matrices = [
        initializers[node.input[1]]
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1].startswith("onnx::MatMul")
    ]
    for index, matrix in enumerate(matrices):
        block, layer = divmod(index, len(LINEAR))
        found[f"{parameter_prefix}transformer.resblocks.{block}.{LINEAR[layer]}"] = matrix.T
    return found, initializers


if not TARGET.with_suffix(".safetensors").exists():
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    visual, constants = weights("visual", "v.", "visual.")
    for name, value in constants.items():
        if name.startswith("onnx::Expand"):
            visual["visual.class_embedding"] = value.reshape(-1)
        if name.startswith("onnx::Add"):
            visual["visual.positional_embedding"] = value
    textual, _ = weights("textual", "", "")
    scale = {"logit_scale": np.array(np.log(1 / 0.07), dtype=np.float32)}
    state = {name: np.ascontiguousarray(value) for name, value in (visual | textual | scale).items()}
    shutil.copy(TOWERS / "config.json", TARGET.with_suffix(".json"))
    save_file(state, TARGET.with_suffix(".safetensors"))
