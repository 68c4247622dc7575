"""Pictures of scenes, drawn from signed distance fields."""

import math

import torch

from scenes import COLOURS, PALETTE, PIXELS


def shape_distances(x, y):
    """Signed distances to the eight shapes' outlines, stacked on dimension 1; each fits [-1, 1]^2, y down."""
    ax, ay = x.abs(), y.abs()
    rho = torch.sqrt(x * x + y * y + 1e-12)
    circle = rho - 1
    square = torch.maximum(ax, ay) - 0.86
    triangle = torch.maximum(y - 0.8, (1.75 * ax - 0.95 * (y + 0.95)) / math.hypot(1.75, 0.95))
    # Star: fold the plane into the sector between one outer tip and the next inner corner.
    sector = math.pi / 5
    sy = y - 0.08
    angle = torch.remainder(torch.atan2(x, -sy) + sector, 2 * sector) - sector
    radius = torch.sqrt(x * x + sy * sy + 1e-12)
    px, py = radius * torch.cos(angle), radius * torch.sin(angle.abs())
    tip, inner = 1.05, 0.44
    ex, ey = inner * math.cos(sector) - tip, inner * math.sin(sector)
    star = ((px - tip) * ey - py * ex) / math.hypot(ex, ey)
    # Heart: a square standing on its corner with half discs on its two upper sides.
    q, hy = 1 / (0.5 + math.sqrt(0.5)), y - 0.086
    tilted = (ax + hy.abs() - q) / math.sqrt(2)
    discs = torch.sqrt((ax - q / 2) ** 2 + (hy + q / 2) ** 2) - q * math.sqrt(0.5)
    heart = torch.minimum(tilted, discs)
    ring = (rho - 0.77).abs() - 0.23
    cross = torch.minimum(torch.maximum(ax - 1, ay - 0.34), torch.maximum(ax - 0.34, ay - 1))
    diamond = (ax / 0.8 + ay - 1) / math.hypot(1 / 0.8, 1)
    return torch.stack([circle, square, triangle, star, heart, ring, cross, diamond], 1)


def pixel_grid(device):
    centres = torch.arange(PIXELS, device=device, dtype=torch.float32) + 0.5
    return centres.view(1, 1, -1), centres.view(1, -1, 1)


def render(rows):
    """Draws scenes given as rows [n, 11]: antialiased pictures [n, 3, 64, 64] in -1..1."""
    palette = torch.from_numpy(PALETTE / 127.5 - 1).to(rows.device)
    xs, ys = pixel_grid(rows.device)
    picture = palette[rows[:, 0].long() + len(COLOURS)][:, :, None, None].expand(-1, -1, PIXELS, PIXELS)
    for k in (1, 6):
        shape, colour, cx, cy, r = rows[:, k : k + 5].unbind(1)
        size = r.clamp(min=1e-3).view(-1, 1, 1)
        every = shape_distances((xs - cx.view(-1, 1, 1)) / size, (ys - cy.view(-1, 1, 1)) / size)
        distance = every.gather(1, shape.long().view(-1, 1, 1, 1).expand(-1, 1, PIXELS, PIXELS)) * size[:, None]
        cover = (0.5 - distance).clamp(0, 1) * (r > 0).view(-1, 1, 1, 1)
        picture = picture + cover * (palette[colour.long()][:, :, None, None] - picture)
    return picture.contiguous()
