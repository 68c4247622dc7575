"""The training set: scenes and captions by the hundred thousand."""

import multiprocessing
import random

import numpy as np
import torch

from captions import MAX_TOKENS, blur_caption, describe, encode_caption
from scenes import ROW, sample_scene, scene_row


def make_examples(job):
    seed, count = job
    rng = random.Random(seed)
    rows, tokens = np.zeros((count, ROW), np.float32), np.zeros((count, MAX_TOKENS), np.uint8)
    for i in range(count):
        scene = sample_scene(rng)
        rows[i] = scene_row(scene)
        tokens[i] = blur_caption(rng, encode_caption(describe(rng, scene)))
    return rows, tokens


def make_pool(count, seed, chunk=10_000):
    """Draws the training set's scenes and captions on all processor cores."""
    jobs = [(seed * 1_000_003 + i, min(chunk, count - i)) for i in range(0, count, chunk)]
    with multiprocessing.get_context("fork").Pool() as pool:
        parts = pool.map(make_examples, jobs)
    rows, tokens = (np.concatenate(part) for part in zip(*parts))
    return torch.from_numpy(rows), torch.from_numpy(tokens)
