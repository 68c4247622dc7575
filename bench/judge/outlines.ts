/** Signed distances to the outlines of the shapes: `drawing.py` of training/shapes-diffusion. */

/** Distances of a point to the outline of each of `SHAPES`, below 0 inside; each fits [-1, 1]^2, y down. */
export function shapeDistances(x: number, y: number): readonly number[] {
  const [ax, ay] = [Math.abs(x), Math.abs(y)];
  const rho = Math.sqrt(x * x + y * y + 1e-12);
  const triangle = Math.max(y - 0.8, (1.75 * ax - 0.95 * (y + 0.95)) / Math.hypot(1.75, 0.95));
  return [
    rho - 1,
    Math.max(ax, ay) - 0.86,
    triangle,
    star(x, y),
    heart(ax, y),
    Math.abs(rho - 0.77) - 0.23,
    Math.min(Math.max(ax - 1, ay - 0.34), Math.max(ax - 0.34, ay - 1)),
    (ax / 0.8 + ay - 1) / Math.hypot(1 / 0.8, 1),
  ];
}

/** Folds the plane into the sector between one outer tip and the next inner corner. */
function star(x: number, y: number): number {
  const sector = Math.PI / 5;
  const [tip, inner] = [1.05, 0.44];
  const down = y - 0.08;
  const angle = positiveRemainder(Math.atan2(x, -down) + sector, 2 * sector) - sector;
  const radius = Math.sqrt(x * x + down * down + 1e-12);
  const [px, py] = [radius * Math.cos(angle), radius * Math.sin(Math.abs(angle))];
  const [ex, ey] = [inner * Math.cos(sector) - tip, inner * Math.sin(sector)];
  return ((px - tip) * ey - py * ex) / Math.hypot(ex, ey);
}

/** A square standing on its corner with half discs on its two upper sides. */
function heart(ax: number, y: number): number {
  const q = 1 / (0.5 + Math.sqrt(0.5));
  const down = y - 0.086;
  const tilted = (ax + Math.abs(down) - q) / Math.SQRT2;
  const discs = Math.hypot(ax - q / 2, down + q / 2) - q * Math.sqrt(0.5);
  return Math.min(tilted, discs);
}

function positiveRemainder(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}

/** How much of a pixel a shape of radius `r` covers whose outline is `distance` radii away, 0 to 1. */
export function coverage(distance: number, r: number): number {
  return Math.min(Math.max(0.5 - distance * r, 0), 1);
}

/** Area in squared radii, and height of the centre of mass in radii, of each shape. */
export function shapeMoments(): readonly { readonly area: number; readonly height: number }[] {
  const samples = 512;
  const sums = shapeDistances(0, 0).map(() => ({ count: 0, height: 0 }));
  for (let i = 0; i < samples; i++) {
    const y = (i + 0.5) / (samples / 2) - 1;
    for (let j = 0; j < samples; j++) {
      shapeDistances((j + 0.5) / (samples / 2) - 1, y).forEach((distance, shape) => {
        if (distance >= 0) return;
        sums[shape].count++;
        sums[shape].height += y;
      });
    }
  }
  return sums.map(({ count, height }) => ({ area: count / (samples / 2) ** 2, height: height / count }));
}
