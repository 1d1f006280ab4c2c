"""Makes the test model known to open_clip, and so to the embedding function of LanceDB. `sys.argv[1]` is the folder
of its checkpoint, which becomes the working folder: the tables' metadata name the checkpoint relative to it."""
import os
import sys
import time

import lancedb.embeddings.utils
import open_clip
import torch

NAME = "pixano-tiny-clip"
OPTIONS = {"name": NAME, "pretrained": f"{NAME}.safetensors"}

os.chdir(sys.argv[1])
torch.set_num_threads(1)
open_clip.add_model_config(f"{NAME}.json")


class WithoutSleep:
    """LanceDB tries a batch that failed 7 times more, and sleeps for more than an hour in between."""

    def __getattr__(self, name):
        return getattr(time, name)

    def sleep(self, seconds):
        pass


lancedb.embeddings.utils.time = WithoutSleep()
