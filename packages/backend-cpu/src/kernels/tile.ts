/**
 * The inner loop of matmul, quantizedMatmul, conv2d and attention: up to 4 x 4 dot products at once, so
 * that a loaded element is used four times. Each sum is float64 and runs over k upwards, so its bits do
 * not tell which of the loops below made it.
 */

/** Rows and columns of a tile at most. */
export const TILE = 4;

/** Room for the sums of one tile. */
export function tileSums(): Float64Array {
  return new Float64Array(TILE * TILE);
}

/**
 * sums[TILE * r + c] = sum over i < k of a[aAt + r * aRow + i * aStep] * b[bAt + c * bRow + i * bStep], for
 * r < rows and c < columns, both from 1 to TILE.
 */
export function tile(
  a: Float32Array,
  aAt: number,
  aRow: number,
  aStep: number,
  rows: number,
  b: Float32Array,
  bAt: number,
  bRow: number,
  bStep: number,
  columns: number,
  k: number,
  sums: Float64Array,
): void {
  if (rows === 4 && columns === 4) {
    sixteen(a, aAt, aRow, aStep, b, bAt, bRow, bStep, k, sums);
  } else if (columns === 4) {
    for (let r = 0; r < rows; r++) four(a, aAt + r * aRow, aStep, b, bAt, bRow, bStep, k, sums, TILE * r, 1);
  } else if (rows === 4) {
    for (let c = 0; c < columns; c++) four(b, bAt + c * bRow, bStep, a, aAt, aRow, aStep, k, sums, c, TILE);
  } else {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        sums[TILE * r + c] = one(a, aAt + r * aRow, aStep, b, bAt + c * bRow, bStep, k);
      }
    }
  }
}

/** One dot product. */
function one(
  a: Float32Array,
  aAt: number,
  aStep: number,
  b: Float32Array,
  bAt: number,
  bStep: number,
  k: number,
): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += a[aAt + i * aStep] * b[bAt + i * bStep];
  return sum;
}

/** One vector with four, into sums[at], sums[at + stride], ... */
function four(
  a: Float32Array,
  aAt: number,
  aStep: number,
  b: Float32Array,
  bAt: number,
  bRow: number,
  bStep: number,
  k: number,
  sums: Float64Array,
  at: number,
  stride: number,
): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < k; i++) {
    const x = a[aAt];
    s0 += x * b[bAt];
    s1 += x * b[bAt + bRow];
    s2 += x * b[bAt + 2 * bRow];
    s3 += x * b[bAt + 3 * bRow];
    aAt += aStep;
    bAt += bStep;
  }
  sums[at] = s0;
  sums[at + stride] = s1;
  sums[at + 2 * stride] = s2;
  sums[at + 3 * stride] = s3;
}

/** Four vectors with four. */
function sixteen(
  a: Float32Array,
  aAt: number,
  aRow: number,
  aStep: number,
  b: Float32Array,
  bAt: number,
  bRow: number,
  bStep: number,
  k: number,
  sums: Float64Array,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let i = 0; i < k; i++) {
    const x0 = a[aAt];
    const x1 = a[aAt + aRow];
    const x2 = a[aAt + 2 * aRow];
    const x3 = a[aAt + 3 * aRow];
    const y0 = b[bAt];
    const y1 = b[bAt + bRow];
    const y2 = b[bAt + 2 * bRow];
    const y3 = b[bAt + 3 * bRow];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
    aAt += aStep;
    bAt += bStep;
  }
  sums[0] = s00;
  sums[1] = s01;
  sums[2] = s02;
  sums[3] = s03;
  sums[4] = s10;
  sums[5] = s11;
  sums[6] = s12;
  sums[7] = s13;
  sums[8] = s20;
  sums[9] = s21;
  sums[10] = s22;
  sums[11] = s23;
  sums[12] = s30;
  sums[13] = s31;
  sums[14] = s32;
  sums[15] = s33;
}
