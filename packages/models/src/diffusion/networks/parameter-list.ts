import type { ParameterInfo } from '../../weights/check.js';

/** Collects the parameters of a network, layer by layer. */
export class ParameterList {
  constructor(
    readonly parameters: ParameterInfo[] = [],
    private readonly path = '',
  ) {}

  /** A list that puts `name.` in front of what is added; it adds to this one. */
  at(name: string): ParameterList {
    return new ParameterList(this.parameters, `${this.path}${name}.`);
  }

  add(name: string, ...shape: number[]): void {
    this.parameters.push({ name: this.path + name, shape });
  }

  /** weight [outputs, inputs], bias [outputs]. */
  linear(name: string, inputs: number, outputs: number, bias = true): void {
    this.add(`${name}.weight`, outputs, inputs);
    if (bias) this.add(`${name}.bias`, outputs);
  }

  /** weight [outputs, inputs, kernel, kernel], bias [outputs]. */
  conv2d(name: string, inputs: number, outputs: number, kernel: number): void {
    this.add(`${name}.weight`, outputs, inputs, kernel, kernel);
    this.add(`${name}.bias`, outputs);
  }

  /** weight and bias [width]. */
  norm(name: string, width: number): void {
    this.add(`${name}.weight`, width);
    this.add(`${name}.bias`, width);
  }
}
