"""What both trainings share."""

import contextlib
import math

import torch


def learning_rate(step, steps, peak, warmup):
    return peak * min(1, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * min(1, step / steps)))


def autocast(device, dtype=torch.bfloat16):
    return torch.autocast("cuda", dtype) if device == "cuda" else contextlib.nullcontext()


def record(step, warmup=6):
    """Runs a training step a few times, then records it as a CUDA graph, so that repeating it is one launch
    instead of thousands: with networks this small the launches would take most of the time."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(warmup):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay
