/** Noise levels as vectors. */

/** Levels are stretched to this before sines are taken, and it is the base of the frequencies. */
const MAX_POSITIONS = 10_000;

/**
 * [levels.length, size] row-major, to be uploaded: with half = floor(size / 2) and frequency i =
 * exp(-ln(10000) i / (half - 1)), the sines of 10000 level times each frequency, then the cosines, then a
 * zero if the size is odd. `gen_r_embedding` of diffusers.
 *
 * Computed on the host, because arguments up to 10000 need an accurate sine, and rounded where float32
 * arithmetic rounds: the rounding of the arguments shows in the result.
 */
export function levelEmbedding(levels: readonly number[], size: number): Float32Array {
  const half = Math.floor(size / 2);
  const slope = Math.fround(-(Math.log(MAX_POSITIONS) / (half - 1)));
  const out = new Float32Array(levels.length * size);
  for (const [row, level] of levels.entries()) {
    const position = Math.fround(Math.fround(level) * MAX_POSITIONS);
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * Math.fround(Math.exp(Math.fround(i * slope))));
      out[row * size + i] = Math.sin(angle);
      out[row * size + half + i] = Math.cos(angle);
    }
  }
  return out;
}
