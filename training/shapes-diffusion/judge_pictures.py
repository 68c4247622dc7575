"""Judges pictures that another implementation drew.

    python judge_pictures.py ask --split pair --count 100 > scenes.json
    python judge_pictures.py score scenes.json folder

`ask` writes scenes and their captions; the folder holds the picture of caption i as i.png, from 0.
"""

import argparse
import json
import os
import random

import numpy as np
import torch
from PIL import Image

from captions import describe
from judge import judge, short
from scenes import sample_scene


def ask(split, count, seed):
    rng = random.Random(seed)
    scenes = [sample_scene(rng, split) for _ in range(count)]
    return [{"caption": describe(rng, scene, complete=True), "scene": scene} for scene in scenes]


def load(folder, count):
    """Pictures [count, 3, 64, 64] in 0..1."""
    pictures = [np.asarray(Image.open(os.path.join(folder, f"{i}.png")).convert("RGB")) for i in range(count)]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("ask")
    asking.add_argument("--split", choices=["single", "pair", "held-out"], default="pair")
    asking.add_argument("--count", type=int, default=100)
    asking.add_argument("--seed", type=int, default=1234)
    scoring = commands.add_parser("score")
    scoring.add_argument("scenes")
    scoring.add_argument("folder")
    args = parser.parse_args()
    if args.command == "ask":
        print(json.dumps(ask(args.split, args.count, args.seed), indent=1))
    else:
        with open(args.scenes) as file:
            asked = json.load(file)
        print(short(judge([item["scene"] for item in asked], load(args.folder, len(asked)))))


if __name__ == "__main__":
    main()
