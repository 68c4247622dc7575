"""What can be in a picture: shapes, colours, sizes and places, and scenes drawn from them at random."""

import numpy as np

PIXELS = 64
SHAPES = ["circle", "square", "triangle", "star", "heart", "ring", "cross", "diamond"]
COLOURS = {
    "red": (220, 40, 40),
    "green": (40, 160, 60),
    "blue": (45, 85, 220),
    "yellow": (250, 215, 50),
    "orange": (245, 135, 30),
    "purple": (135, 60, 175),
    "pink": (245, 135, 185),
    "cyan": (50, 200, 215),
    "black": (20, 20, 20),
    "white": (250, 250, 250),
}
BACKGROUNDS = {
    "white": (250, 250, 250),
    "black": (20, 20, 20),
    "gray": (150, 150, 150),
    "light blue": (180, 215, 250),
    "light green": (190, 235, 190),
    "dark blue": (25, 35, 95),
    "dark green": (20, 70, 40),
}
COLOUR_NAMES, BACKGROUND_NAMES = list(COLOURS), list(BACKGROUNDS)
# One table of RGB values: the shapes' colours first, then the backgrounds.
PALETTE = np.array(list(COLOURS.values()) + list(BACKGROUNDS.values()), dtype=np.float32)
SIZES = ["small", "medium", "large"]  # "medium" is never said
# Half the width of a shape's bounding box in pixels, for a picture of one shape and of two.
RADII = {
    1: {"small": (6.0, 8.0), "medium": (11.0, 14.0), "large": (18.0, 22.0)},
    2: {"small": (5.0, 6.5), "medium": (8.5, 10.5), "large": (13.0, 14.5)},
}
RELATIONS = ["above", "below", "left", "right"]
# A picture is described to the renderer by one row of numbers:
#   background, then for each of two places: shape, colour, centre x, centre y, radius (0: absent).
ROW = 11


def held_out(shape_a, colour_a, shape_b, colour_b):
    """Whether a pair of coloured shapes (in either order) is kept out of the training set; about 5 % are."""
    low, high = sorted((shape_a * 10 + colour_a, shape_b * 10 + colour_b))
    return (low * 7919 + high * 104729) % 997 < 50


def visible(colour, background):
    """Whether a shape of this colour stands out from this background."""
    difference = PALETTE[colour] - PALETTE[len(COLOURS) + background]
    return float(np.sqrt((difference**2).sum())) >= 100


VISIBLE = [[c for c in range(len(COLOURS)) if visible(c, b)] for b in range(len(BACKGROUNDS))]


def sample_scene(rng, split="train"):
    """Draws one scene: a dict with its background, its one or two objects and their relation.

    split "train" avoids the held-out pairs, "held-out" draws nothing else, "single" draws one shape
    and "pair" draws two shapes that do occur in training.
    """
    background = rng.randrange(len(BACKGROUNDS))
    count = {"single": 1, "pair": 2, "held-out": 2}.get(split) or (1 if rng.random() < 0.3 else 2)
    while True:
        objects = [
            {
                "shape": rng.randrange(len(SHAPES)),
                "colour": rng.choice(VISIBLE[background]),
                "size": rng.choices(SIZES, (0.3, 0.4, 0.3))[0],
            }
            for _ in range(count)
        ]
        if count == 1:
            break
        a, b = objects
        if held_out(a["shape"], a["colour"], b["shape"], b["colour"]) == (split == "held-out"):
            break
    for item in objects:
        item["r"] = rng.uniform(*RADII[count][item["size"]])
    relation = None
    if count == 1:
        item = objects[0]
        reach = min(8.0, PIXELS / 2 - 1 - item["r"])
        item["x"] = PIXELS / 2 + rng.uniform(-reach, reach)
        item["y"] = PIXELS / 2 + rng.uniform(-reach, reach)
    else:
        relation = rng.choice(RELATIONS)
        along, across = ("y", "x") if relation in ("above", "below") else ("x", "y")
        first, second = objects if relation in ("above", "left") else objects[::-1]
        free = PIXELS - 2 - 2 * (first["r"] + second["r"])
        gap = rng.uniform(3.0, max(3.0, min(12.0, free)))
        start = 1 + rng.uniform(0.0, max(0.0, free - gap))
        first[along] = start + first["r"]
        second[along] = start + 2 * first["r"] + gap + second["r"]
        line = PIXELS / 2 + rng.uniform(-6, 6)
        for item in objects:
            place = line + rng.uniform(-3, 3)
            item[across] = min(max(place, item["r"] + 1), PIXELS - 1 - item["r"])
    return {"background": background, "objects": objects, "relation": relation}


def scene_row(scene):
    row = [scene["background"]]
    for item in scene["objects"]:
        row += [item["shape"], item["colour"], item["x"], item["y"], item["r"]]
    return row + [0.0] * (ROW - len(row))
