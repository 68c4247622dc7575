/** The elementwise operations as methods; what each does is written on the function of the same name. */

import type { DType, Gate } from '@wick/core';
import { TensorBase } from '../base.js';
import * as binary from '../ops/binary.js';
import * as select from '../ops/select.js';
import * as unary from '../ops/unary.js';

type Scalar = binary.Scalar;

export abstract class ElementwiseMethods extends TensorBase {
  abs(): this {
    return unary.abs(this);
  }
  neg(): this {
    return unary.neg(this);
  }
  sign(): this {
    return unary.sign(this);
  }
  relu(): this {
    return unary.relu(this);
  }
  floor(): this {
    return unary.floor(this);
  }
  ceil(): this {
    return unary.ceil(this);
  }
  round(): this {
    return unary.round(this);
  }
  exp(): this {
    return unary.exp(this);
  }
  log(): this {
    return unary.log(this);
  }
  sqrt(): this {
    return unary.sqrt(this);
  }
  rsqrt(): this {
    return unary.rsqrt(this);
  }
  reciprocal(): this {
    return unary.reciprocal(this);
  }
  square(): this {
    return unary.square(this);
  }
  sin(): this {
    return unary.sin(this);
  }
  cos(): this {
    return unary.cos(this);
  }
  tanh(): this {
    return unary.tanh(this);
  }
  erf(): this {
    return unary.erf(this);
  }
  sigmoid(): this {
    return unary.sigmoid(this);
  }
  silu(): this {
    return unary.silu(this);
  }
  geluErf(): this {
    return unary.geluErf(this);
  }
  geluTanh(): this {
    return unary.geluTanh(this);
  }
  quickGelu(): this {
    return unary.quickGelu(this);
  }
  softplus(): this {
    return unary.softplus(this);
  }
  logicalNot(): this {
    return unary.logicalNot(this);
  }
  leakyRelu(slope?: number): this {
    return unary.leakyRelu(this, slope);
  }
  clamp(min: number | null, max: number | null): this {
    return unary.clamp(this, min, max);
  }
  add(other: this | Scalar): this {
    return binary.add(this, other);
  }
  sub(other: this | Scalar): this {
    return binary.sub(this, other);
  }
  mul(other: this | Scalar): this {
    return binary.mul(this, other);
  }
  div(other: this | Scalar): this {
    return binary.div(this, other);
  }
  pow(other: this | Scalar): this {
    return binary.pow(this, other);
  }
  minimum(other: this | Scalar): this {
    return binary.minimum(this, other);
  }
  maximum(other: this | Scalar): this {
    return binary.maximum(this, other);
  }
  eq(other: this | Scalar): this {
    return binary.eq(this, other);
  }
  ne(other: this | Scalar): this {
    return binary.ne(this, other);
  }
  lt(other: this | Scalar): this {
    return binary.lt(this, other);
  }
  le(other: this | Scalar): this {
    return binary.le(this, other);
  }
  gt(other: this | Scalar): this {
    return binary.gt(this, other);
  }
  ge(other: this | Scalar): this {
    return binary.ge(this, other);
  }
  logicalAnd(other: this): this {
    return binary.logicalAnd(this, other);
  }
  logicalOr(other: this): this {
    return binary.logicalOr(this, other);
  }
  logicalXor(other: this): this {
    return binary.logicalXor(this, other);
  }
  /** a where this is true, else b. */
  where(a: this | number, b: this | number): this {
    return select.where(this, a, b);
  }
  cast(dtype: DType): this {
    return select.cast(this, dtype);
  }
  /** `this` is the gate: up * activation(this). */
  gated(up: this, activation: Gate): this {
    return select.gated(this, up, activation);
  }
  /** `this` is the gate: up * silu(this). */
  swiglu(up: this): this {
    return select.swiglu(this, up);
  }
  geglu(activation?: Gate): this {
    return select.geglu(this, activation);
  }
}
