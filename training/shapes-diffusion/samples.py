"""A grid of pictures with their captions."""

import random

from PIL import Image, ImageDraw, ImageFont

from captions import describe
from scenes import PIXELS, sample_scene


def to_image(picture):
    return Image.fromarray((picture.permute(1, 2, 0).clamp(0, 1) * 255).round().byte().cpu().numpy())


def grid_captions():
    """36 captions: free ones, then pairs that training never showed."""
    captions = [
        "a red circle",
        "a green star",
        "a large pink heart on a black background",
        "a small white ring on a dark blue background",
        "a yellow triangle on light blue",
        "a big purple diamond with a light blue background",
        "an orange cross",
        "a tiny black square on a white background",
        "a cyan ring on a dark green background",
        "heart",
        "a large white star on a gray background",
        "a blue square on a light green background",
        "a small red circle above a large blue square on a white background",
        "a yellow star over a green triangle on black",
        "a pink heart to the left of a red heart on a white background",
        "an orange diamond right of a purple cross on light green",
        "a black ring below a white circle on a gray background",
        "a cyan triangle and a pink star on a dark blue background",
        "a tiny green heart next to a big yellow circle on white",
        "red square under blue square on light blue",
        "a large orange star above a small black cross on a white background",
        "a white diamond to the right of a red ring on a black background",
        "a small purple heart to the left of a small purple heart on a white background",
        "a green cross beside an orange circle",
    ]
    rng = random.Random(77)
    while len(captions) < 36:
        scene = sample_scene(rng, "held-out")
        captions.append(describe(rng, scene, complete=True))
    return captions


def save_grid(path, captions, pictures, columns=6, zoom=2):
    """A grid of pictures with their captions underneath."""
    font, side, pad, lines = ImageFont.load_default(), PIXELS * zoom, 10, 5
    width, height = side + pad, side + 12 * lines + pad
    sheet = Image.new("RGB", (columns * width + pad, -(-len(captions) // columns) * height + pad), "white")
    ink = ImageDraw.Draw(sheet)
    for i, (caption, picture) in enumerate(zip(captions, pictures)):
        left, top = pad + i % columns * width, pad + i // columns * height
        sheet.paste(to_image(picture).resize((side, side), Image.NEAREST), (left, top))
        ink.rectangle([left - 1, top - 1, left + side, top + side], outline=(200, 200, 200))
        rows = [""]
        for word in caption.split():
            if ink.textlength(rows[-1] + " " + word, font=font) > side and rows[-1]:
                rows.append("")
            rows[-1] = (rows[-1] + " " + word).strip()
        for n, row in enumerate(rows[:lines]):
            ink.text((left, top + side + 2 + 12 * n), row, fill="black", font=font)
    sheet.save(path, optimize=True)
