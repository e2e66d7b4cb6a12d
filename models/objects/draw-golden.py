"""Draws the golden pictures: plain shapes, nobody's photographs. Python with Pillow; usage: draw-golden.py FOLDER

They prove that a board computes what the compiler computed, not that the model is good.
"""
import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter


def grain(picture, seed):
    """A little noise, so that no layer sees a flat field."""
    noise = random.Random(seed)
    pixels = picture.load()
    for y in range(picture.height):
        for x in range(picture.width):
            pixels[x, y] = tuple(max(0, min(255, c + noise.randint(-6, 6))) for c in pixels[x, y])
    return picture


def backdrop(width, height, top, bottom):
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        share = y / (height - 1)
        draw.line([(0, y), (width, y)], fill=tuple(round(a + (b - a) * share) for a, b in zip(top, bottom)))
    return picture, draw


def polygon(cx, cy, radius, corners, turn):
    return [
        (cx + radius * math.cos(turn + 2 * math.pi * i / corners), cy + radius * math.sin(turn + 2 * math.pi * i / corners))
        for i in range(corners)
    ]


def stop_sign():
    picture, draw = backdrop(240, 200, (140, 180, 220), (90, 120, 80))
    draw.rectangle([114, 120, 126, 200], fill=(110, 110, 110))
    draw.polygon(polygon(120, 85, 70, 8, math.pi / 8), fill=(240, 240, 240))
    draw.polygon(polygon(120, 85, 63, 8, math.pi / 8), fill=(190, 20, 30))
    for x, strokes in enumerate(["S", "T", "O", "P"]):
        left = 74 + x * 24
        draw.rectangle([left, 70, left + 18, 100], outline=(245, 245, 245), width=5)
        if strokes == "T":
            draw.rectangle([left, 78, left + 18, 100], fill=(190, 20, 30))
            draw.rectangle([left + 7, 72, left + 12, 100], fill=(245, 245, 245))
    return picture


def soccer_ball():
    picture, draw = backdrop(200, 200, (70, 140, 60), (40, 100, 40))
    draw.ellipse([20, 20, 180, 180], fill=(235, 235, 235), outline=(60, 60, 60), width=2)
    draw.polygon(polygon(100, 100, 28, 5, -math.pi / 2), fill=(20, 20, 20))
    for x, y in polygon(100, 100, 70, 5, -math.pi / 2):
        draw.polygon(polygon(x, y, 20, 5, math.pi / 2), fill=(20, 20, 20))
        draw.line([(100 + (x - 100) * 0.4, 100 + (y - 100) * 0.4), (x, y)], fill=(60, 60, 60), width=2)
    return picture


def umbrella():
    picture, draw = backdrop(220, 220, (250, 250, 250), (235, 235, 235))
    draw.pieslice([20, 30, 200, 210], 180, 360, fill=(200, 40, 60))
    for i in range(4):
        draw.pieslice([20 + i * 45, 98, 65 + i * 45, 142], 180, 360, fill=(243, 243, 243))
        draw.line([(110, 30), (42 + i * 45, 98)], fill=(120, 20, 30), width=2)
    draw.line([(110, 24), (110, 190)], fill=(60, 40, 30), width=5)
    draw.arc([110, 172, 140, 206], 0, 180, fill=(60, 40, 30), width=5)
    return picture


def cup():
    picture, draw = backdrop(180, 240, (245, 245, 240), (225, 220, 210))
    draw.ellipse([108, 90, 165, 160], outline=(60, 90, 160), width=12)
    draw.polygon([(35, 70), (135, 70), (122, 190), (48, 190)], fill=(70, 105, 180))
    draw.ellipse([48, 178, 122, 202], fill=(60, 90, 160))
    draw.ellipse([35, 56, 135, 86], fill=(90, 125, 200), outline=(50, 80, 150))
    draw.ellipse([45, 60, 125, 82], fill=(70, 45, 30))
    return picture


PICTURES = {"cup": cup, "soccer-ball": soccer_ball, "stop-sign": stop_sign, "umbrella": umbrella}

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for seed, (name, draw_picture) in enumerate(PICTURES.items()):
    grain(draw_picture().filter(ImageFilter.GaussianBlur(0.8)), seed).save(folder / f"{name}.png", optimize=True)
