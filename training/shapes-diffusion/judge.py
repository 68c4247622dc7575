"""Finds the shapes in pictures, and compares them with what was asked for."""

import numpy as np
import torch
import torch.nn.functional as F

from drawing import pixel_grid, shape_distances
from scenes import COLOURS, PALETTE, PIXELS, RADII, SHAPES, SIZES


def _shape_moments():
    """Area (in squared radii) and centroid height of each shape, measured on a fine grid."""
    line = (torch.arange(512) + 0.5) / 256 - 1
    inside = (shape_distances(line.view(1, 1, -1), line.view(1, -1, 1))[0] < 0).float()
    area = inside.sum((1, 2)) / 256**2
    return area, (inside * line.view(1, -1, 1)).sum((1, 2)) / inside.sum((1, 2))


def find_objects(pictures):
    """Finds the coloured shapes in pictures [n, 3, 64, 64] (0..1) without knowing what was asked for.

    The background is the median colour of the border. What differs from it is split into connected
    parts; each part's colour is the nearest of the palette, and its shape the one that, drawn with the
    part's area and centre of mass, overlaps it best. Returns for each picture the background's index
    and a list of dicts (shape, colour, x, y, r, overlap).
    """
    n, device = len(pictures), pictures.device
    palette = torch.from_numpy(PALETTE / 255).to(device)
    border = torch.cat([pictures[:, :, 0], pictures[:, :, -1], pictures[:, :, :, 0], pictures[:, :, :, -1]], 2)
    ground = border.median(2).values
    backgrounds = torch.cdist(ground, palette[len(COLOURS) :]).argmin(1)
    far = (pictures - ground[:, :, None, None]).square().sum(1, keepdim=True).sqrt()
    mask = (far > 60 / 255).float()
    # Connected components: every pixel takes the largest number among its neighbours until nothing changes.
    label = torch.arange(1, PIXELS * PIXELS + 1, device=device, dtype=torch.float32).view(1, 1, PIXELS, PIXELS) * mask
    while True:
        spread = F.max_pool2d(label, 3, 1, 1) * mask
        if torch.equal(spread, label):
            break
        label = spread
    table = label.cpu().numpy()
    found = [(i, v) for i in range(n) for v, c in zip(*np.unique(table[i], return_counts=True)) if v > 0 and c >= 12]
    parts = [[] for _ in range(n)]
    if not found:
        return backgrounds.tolist(), parts
    index = torch.tensor([i for i, _ in found], device=device)
    part = (label[index] == torch.tensor([v for _, v in found], device=device).view(-1, 1, 1, 1)).float()
    core = 1 - F.max_pool2d(1 - part, 3, 1, 1)
    core = torch.where(core.sum((1, 2, 3), keepdim=True) >= 4, core, part)
    own = (pictures[index] * core).sum((2, 3)) / core.sum((2, 3))
    colour = torch.cdist(own, palette[: len(COLOURS)]).argmin(1)
    contrast = own - ground[index]
    cover = ((pictures[index] - ground[index][:, :, None, None]) * contrast[:, :, None, None]).sum(1)
    cover = (cover / contrast.square().sum(1).view(-1, 1, 1)).clamp(0, 1)
    cover = cover * F.max_pool2d(part, 5, 1, 2)[:, 0]
    xs, ys = pixel_grid(device)
    area = cover.sum((1, 2))
    mx, my = (cover * xs).sum((1, 2)) / area, (cover * ys).sum((1, 2)) / area
    unit_area, unit_height = (m.to(device) for m in _shape_moments())
    overlaps, radii, heights = [], [], []
    for k in range(len(SHAPES)):
        r = (area / unit_area[k]).sqrt().view(-1, 1, 1)
        cy = my.view(-1, 1, 1) - unit_height[k] * r
        ideal = (0.5 - shape_distances((xs - mx.view(-1, 1, 1)) / r, (ys - cy) / r)[:, k] * r).clamp(0, 1)
        overlaps.append(torch.minimum(ideal, cover).sum((1, 2)) / torch.maximum(ideal, cover).sum((1, 2)))
        radii.append(r.flatten())
        heights.append(cy.flatten())
    overlap, shape = torch.stack(overlaps, 1).max(1)
    pick = lambda table: torch.stack(table, 1).gather(1, shape[:, None])[:, 0]  # noqa: E731
    columns = (index, shape, colour, mx, pick(heights), pick(radii), overlap)
    for i, s, c, x, y, r, o in zip(*(column.tolist() for column in columns)):
        parts[i].append({"shape": s, "colour": c, "x": x, "y": y, "r": r, "overlap": o})
    return backgrounds.tolist(), parts


def judge(scenes, pictures):
    """Fractions of pictures that show what their scene asks for, by aspect, and wholly."""
    totals = {}
    for scene, background, parts in zip(scenes, *find_objects(pictures)):
        asked = scene["objects"]
        result = {
            "background": background == scene["background"],
            "count": len(parts) == len(asked),
            "colours": sorted(p["colour"] for p in parts) == sorted(a["colour"] for a in asked),
            "shapes": sorted(p["shape"] for p in parts) == sorted(a["shape"] for a in asked),
        }
        kind = lambda p: (p["shape"], p["colour"])  # noqa: E731
        result["binding"] = sorted(map(kind, parts)) == sorted(map(kind, asked))
        order = parts
        if len(asked) == 2:
            result["relation"] = False
            if result["binding"]:
                axis = "y" if scene["relation"] in ("above", "below") else "x"
                order = sorted(parts, key=lambda p: p[axis], reverse=scene["relation"] in ("below", "right"))
                other = "x" if axis == "y" else "y"
                apart = abs(parts[0][axis] - parts[1][axis]) > abs(parts[0][other] - parts[1][other])
                result["relation"] = apart and [kind(p) for p in order] == [kind(a) for a in asked]
        result["size"] = False
        if result["binding"]:
            limits = RADII[len(asked)]
            low = (limits["small"][1] + limits["medium"][0]) / 2
            high = (limits["medium"][1] + limits["large"][0]) / 2
            said = lambda p: SIZES[(p["r"] > low) + (p["r"] > high)]  # noqa: E731
            result["size"] = all(said(p) == a["size"] for p, a in zip(order, asked))
        result["all but size"] = result["background"] and result["binding"] and result.get("relation", True)
        result["everything"] = result["all but size"] and result["size"]
        for key, value in result.items():
            right, asked_for = totals.get(key, (0, 0))
            totals[key] = (right + bool(value), asked_for + 1)
    return {key: right / asked_for for key, (right, asked_for) in totals.items()}


def short(scores):
    return " ".join(f"{key} {value:.3f}" for key, value in scores.items())
