"""Lets onnxruntime draw what Oxbow drew, of the same noise and labels, and compares the images.

python compare.py generator.onnx images.safetensors TOLERANCE
"""
import json
import struct
import sys

import numpy as np
import onnxruntime


def tensors(path):
    """A safetensors file as arrays by name."""
    types = {"F32": "<f4", "I32": "<i4"}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    return {name: np.frombuffer(body[slice(*about["data_offsets"])], types[about["dtype"]]).reshape(about["shape"])
            for name, about in header.items() if name != "__metadata__"}


model, images, tolerance = sys.argv[1], tensors(sys.argv[2]), float(sys.argv[3])
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
noise, labels = images["noise"], images["labels"].astype(np.int64)
ours = images["images"]
# All at once, and some by themselves: the model takes any number.
together = session.run(["images"], {"noise": noise, "labels": labels})[0]
single = np.concatenate([session.run(["images"], {"noise": noise[i:i + 1], "labels": labels[i:i + 1]})[0] for i in range(3)])
if together.shape != ours.shape:
    sys.exit(f"onnxruntime drew images of {together.shape}, Oxbow of {ours.shape}")
error = max(float(np.abs(together - ours).max()), float(np.abs(single - ours[:3]).max()))
print(f"onnxruntime {onnxruntime.__version__}: {len(ours)} images of {ours.shape[1:]}, the largest difference of a pixel is {error:.2g}")
# Images that are all alike would fit each other, too.
if not error <= tolerance or ours.std() < 0.05 or np.abs(ours[0] - ours[1]).max() < 0.05:
    sys.exit(f"Images are not the same within {tolerance:g}, or there is nothing on them.")
