/**
 * The error function by Cody's rational approximations: W. J. Cody, "Rational Chebyshev approximations for
 * the error function", Mathematics of Computation 23, 1969. The relative error of erf is below 1e-15.
 */

/** Coefficients as `[highest power, ..., constant]` of numerator and denominator. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

/** erf(x) / x in x^2, for |x| <= 0.46875. */
const SMALL: Rational = [
  [1.8577770618460315e-1, 3.1611237438705655, 1.1386415415105016e2, 3.77485237685302e2, 3.2093775891384694e3],
  [1, 2.3601290952344122e1, 2.4402463793444417e2, 1.2826165260773723e3, 2.844236833439171e3],
];

/** erfc(x) exp(x^2) in x, for 0.46875 <= x <= 4. */
const MIDDLE: Rational = [
  [
    2.1531153547440383e-8, 5.641884969886701e-1, 8.883149794388377, 6.611919063714163e1, 2.986351381974001e2,
    8.81952221241769e2, 1.7120476126340707e3, 2.0510783778260716e3, 1.2303393547979972e3,
  ],
  [
    1, 1.5744926110709835e1, 1.176939508913125e2, 5.371811018620099e2, 1.6213895745666903e3,
    3.2907992357334597e3, 4.362619090143247e3, 3.4393676741437216e3, 1.2303393548037495e3,
  ],
];

/** (1 / sqrt(pi) - x exp(x^2) erfc(x)) x^2 in 1 / x^2, for x >= 4. */
const LARGE: Rational = [
  [
    1.6315387137302097e-2, 3.0532663496123236e-1, 3.6034489994980445e-1, 1.2578172611122926e-1,
    1.6083785148742275e-2, 6.587491615298378e-4,
  ],
  [
    1, 2.568520192289822, 1.8729528499234604, 5.279051029514285e-1, 6.051834131244132e-2,
    2.3352049762686918e-3,
  ],
];

const INVERSE_SQRT_PI = 0.5641895835477563;

function evaluate([numerator, denominator]: Rational, x: number): number {
  let above = 0;
  let below = 0;
  for (let i = 0; i < numerator.length; i++) {
    above = above * x + numerator[i];
    below = below * x + denominator[i];
  }
  return above / below;
}

/** erfc(x) for x >= 0.46875. */
function tail(x: number): number {
  const density = Math.exp(-x * x);
  if (x <= 4) return density * evaluate(MIDDLE, x);
  if (density === 0) return 0;
  const inverse = 1 / (x * x);
  return (density / x) * (INVERSE_SQRT_PI - inverse * evaluate(LARGE, inverse));
}

/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size <= 0.46875) return x * evaluate(SMALL, x * x);
  return Math.sign(x) * (1 - tail(size));
}

/** 1 - erf(x), without the loss of digits for large x. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - x * evaluate(SMALL, x * x);
  return x < 0 ? 2 - tail(-x) : tail(x);
}
