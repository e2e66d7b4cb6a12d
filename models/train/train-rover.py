"""Trains the rover's network: timm's EdgeNeXt xx_small at 64 px on frames of the demo's own renderer.

    python models/train/train-rover.py --out models/rover

Writes checkpoint.safetensors (float32, timm's names), labels.txt and measured.json. Same versions, machine type and
thread count: the same weights.
"""
import argparse
import json
import math
import os
import random
import time

import numpy as np
import timm
import torch
from safetensors.torch import save_file
from timm.utils import ModelEmaV3
from torch.nn.functional import cross_entropy

from frames import CLASSES, render

SIZE = 64
MEAN = torch.tensor(timm.data.IMAGENET_DEFAULT_MEAN).view(1, 3, 1, 1) * 255
STD = torch.tensor(timm.data.IMAGENET_DEFAULT_STD).view(1, 3, 1, 1) * 255
TRAIN_SEED, TEST_SEED = 10_000, 1_000_000


def network_input(pictures: torch.Tensor) -> torch.Tensor:
    return ((pictures.permute(0, 3, 1, 2).float() - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def augment(pictures: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The renderer varies the world; left to do are mirroring, which mirrors the classes too, and a little light."""
    n = len(pictures)
    mirrored = torch.rand(n) < 0.5
    pictures = torch.where(mirrored.view(n, 1, 1, 1), pictures.flip(2), pictures)
    targets = torch.where(mirrored.view(n, 1), targets.flip(1), targets)
    gain = 1 + (torch.rand(n, 1, 1, 1) - 0.5) * 0.4
    lift = (torch.rand(n, 1, 1, 1) - 0.5) * 30
    return (pictures.float() * gain + lift).clamp(0, 255), targets


@torch.inference_mode()
def measure(model: torch.nn.Module, pictures: torch.Tensor, targets: torch.Tensor) -> dict:
    model.eval()
    scores = torch.cat([model(network_input(batch)).softmax(1) for batch in pictures.split(250)])
    seen, wanted = scores.argmax(1), targets.argmax(1)
    return {
        "frames": len(pictures),
        "top1": round((seen == wanted).float().mean().item(), 4),
        "withinOneClass": round(((seen - wanted).abs() <= 1).float().mean().item(), 4),
        "meanAbsoluteClassError": round(
            ((scores - targets) @ torch.arange(len(CLASSES)).float()).abs().mean().item(), 4),
    }


def train(pictures: torch.Tensor, targets: torch.Tensor, test, epochs: int, batch: int, peak: float) -> torch.nn.Module:
    model = timm.create_model("edgenext_xx_small", num_classes=len(CLASSES)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.05)
    ema = ModelEmaV3(model, decay=0.995, use_warmup=True)
    steps, warm_up, step = epochs * (len(pictures) // batch), 200, 0
    started = time.time()
    for epoch in range(epochs):
        model.train()
        for chosen in torch.randperm(len(pictures))[: len(pictures) // batch * batch].split(batch):
            rate = peak * min(1, (step + 1) / warm_up) * 0.5 * (1 + math.cos(math.pi * step / steps))
            for group in optimizer.param_groups:
                group["lr"] = rate
            shown, wanted = augment(pictures[chosen], targets[chosen])
            loss = cross_entropy(model(network_input(shown)), wanted)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            ema.update(model, step=step)
            step += 1
        print(f"epoch {epoch + 1} of {epochs}, {time.time() - started:.0f} s, loss {loss.item():.3f}", flush=True)
        if epoch % 2 == 1:
            print(measure(ema.module, *test), flush=True)
    return ema.module.eval()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", required=True, help="folder for checkpoint.safetensors, labels.txt, measured.json")
    options.add_argument("--dist", default="dist", help="where `npm run build` put the renderer")
    options.add_argument("--frames", type=int, default=16_000)
    options.add_argument("--epochs", type=int, default=6)
    options.add_argument("--threads", type=int, default=2)
    asked = options.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)

    started = time.time()
    pictures, targets = (torch.from_numpy(a) for a in render(asked.dist, asked.frames, TRAIN_SEED, SIZE))
    test = [torch.from_numpy(a) for a in render(asked.dist, 2_000, TEST_SEED, SIZE)]
    print(f"{asked.frames} frames of {asked.frames // 48} tracks in {time.time() - started:.0f} s", flush=True)
    print("by class:", dict(zip(CLASSES, targets.argmax(1).bincount(minlength=len(CLASSES)).tolist())), flush=True)

    model = train(pictures, targets, test, asked.epochs, batch=64, peak=2e-3)
    measured = measure(model, *test)
    print(measured)
    os.makedirs(asked.out, exist_ok=True)
    weights = {name: tensor.float().contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, os.path.join(asked.out, "checkpoint.safetensors"))
    with open(os.path.join(asked.out, "labels.txt"), "w") as file:
        file.write("\n".join(CLASSES) + "\n")
    with open(os.path.join(asked.out, "measured.json"), "w") as file:
        json.dump(measured, file, indent=2)
        file.write("\n")


main()
