"""A small CLIP: two towers that give vectors of length 1, to be compared by their cosine."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EMBED_DIM = 128
IMAGE_SIZE = 96
CONTEXT_LENGTH = 32
HEADS = 4


class Block(nn.Module):
    """A pre-norm transformer layer. `bias` is added to the attention, to leave padding out."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        split = self.qkv(self.norm_attention(x)).unflatten(-1, (3, HEADS, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        if bias is not None:
            scores = scores + bias
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        x = x + self.out(mixed)
        return x + self.mlp(self.norm_mlp(x))


class ImageTower(nn.Module):
    """float32 [N, 3, 96, 96] -> float32 [N, 128]: four convolutions, then two transformer layers."""

    def __init__(self, width: int = 160) -> None:
        super().__init__()
        channels = (3, 32, 64, 128, width)
        layers: list[nn.Module] = []
        for inputs, outputs in zip(channels, channels[1:]):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        self.stem = nn.Sequential(*layers)
        self.position = nn.Parameter(0.02 * torch.randn(1, (IMAGE_SIZE // 16) ** 2, width))
        self.blocks = nn.ModuleList(Block(width) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, EMBED_DIM, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image).flatten(2).transpose(1, 2) + self.position
        for block in self.blocks:
            x = block(x)
        return functional.normalize(self.head(self.norm(x).mean(1)), dim=-1)


class TextTower(nn.Module):
    """int32 [N, 32] -> float32 [N, 128]; 0 is padding, the end of the text has the highest id."""

    def __init__(self, vocabulary: int, width: int = 128) -> None:
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(0.02 * torch.randn(1, CONTEXT_LENGTH, width))
        self.blocks = nn.ModuleList(Block(width) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, EMBED_DIM, bias=False)
        nn.init.normal_(self.token.weight, std=0.02)

    def forward(self, text: Tensor) -> Tensor:
        x = self.token(text) + self.position[:, : text.shape[1]]
        bias = (text == 0).float()[:, None, None, :] * -1e4
        for block in self.blocks:
            x = block(x, bias)
        end = text.argmax(-1)[:, None, None].expand(-1, 1, x.shape[-1])
        return functional.normalize(self.head(self.norm(x.gather(1, end)).squeeze(1)), dim=-1)
