"""Draws a grid of 100 images with a saved generator in plain PyTorch (pip install torch safetensors numpy pillow).

python draw_generator.py runs/mine/generator-0.safetensors grid.png
"""
import sys

import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from torch import arange, cat, randn

with safe_open(sys.argv[1], "pt") as file:
    g, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
height, width, _ = map(int, about.get("image", "28x28x1").split("x"))


def norm(x, block):
    return F.relu(F.batch_norm(x, *(g[f"g.{block}.bn.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))))


def deconv(x, block, stride):
    return F.conv_transpose2d(x, g[f"g.{block}.deconv.weight"], g[f"g.{block}.deconv.bias"], stride, padding=1)


labels = arange(100) % int(about["classes"])
x = cat([randn(100, int(about["z"])), g["g.0.embed.weight"][labels]], 1)
x = norm(F.linear(x, g["g.0.linear.weight"], g["g.0.linear.bias"]), 0).view(100, -1, height // 4, width // 4)
for block, stride in (1, 2), (2, 1), (3, 2):
    x = norm(deconv(x, block, stride), block)
grid = deconv(x, 4, 1).tanh()[:, 0].view(10, 10, height, width).transpose(1, 2).reshape(10 * height, 10 * width)
Image.fromarray(((grid + 1) * 127.5).round().byte().numpy()).save(sys.argv[2])
