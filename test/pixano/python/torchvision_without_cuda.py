"""A torchvision built for CUDA does not load its operators beside a torch for the CPU, and importing it then fails on
operators that it describes and never declared. open_clip uses its transforms only, which are plain Python, so the
two operators are declared where the extension is not there. Edits this environment's torchvision, once."""
import importlib.util
import pathlib

MARK = "# Ensure that torch.ops.torchvision is visible\nimport torchvision.extension  # noqa: F401\n"
DECLARATIONS = '''
if not torchvision.extension._has_ops():
    _declared = torch.library.Library("torchvision", "DEF")
    _declared.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
'''

torch = importlib.util.find_spec("torch").origin
path = pathlib.Path(torch).parents[1] / "torchvision" / "_meta_registrations.py"
source = path.read_text()
if "_declared" not in source:
    assert MARK in source, f"{path} is not the one of torchvision 0.28.0"
    path.write_text(source.replace(MARK, MARK + DECLARATIONS))
