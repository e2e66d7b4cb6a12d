"""Frames of the demo's renderer, as the network will see them: squashed to a square with Pillow's bicubic."""
import os
import subprocess

import numpy as np
from PIL import Image

CLASSES = ["hard_left", "left", "straight", "right", "hard_right"]
WIDTH, HEIGHT = 160, 120
RECORD = len(CLASSES) * 4 + WIDTH * HEIGHT * 3


def squash(rgb: bytes, size: int) -> np.ndarray:
    return np.asarray(Image.frombytes("RGB", (WIDTH, HEIGHT), rgb).resize((size, size), Image.Resampling.BICUBIC))


def render(dist: str, frames: int, seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """`frames` pictures [n, size, size, 3] uint8 with their target scores [n, 5] float32."""
    pictures = np.empty((frames, size, size, 3), np.uint8)
    targets = np.empty((frames, len(CLASSES)), np.float32)
    script = os.path.join(dist, "deploy/demo/dump-frames.js")
    with subprocess.Popen(["node", script, "--frames", str(frames), "--seed", str(seed)], stdout=subprocess.PIPE) as dump:
        for n in range(frames):
            record = dump.stdout.read(RECORD)
            if len(record) < RECORD:
                raise SystemExit(f"{script} ended after {n} of {frames} frames; run `npm run build` first")
            targets[n] = np.frombuffer(record, "<f4", len(CLASSES))
            pictures[n] = squash(record[len(CLASSES) * 4:], size)
    return pictures, targets
