/** Random small recordings for property tests: few bytes and many overlaps, so that everything collides. */

import fc from 'fast-check';
import { type Command, READ, type Recording, type Use, WRITE } from '../../src/recording/commands.js';
import { RecordingBuilder } from './recordings.js';

export interface Bounds {
  readonly commands?: number;
  readonly resources?: number;
  readonly bytes?: number;
  /** Share of temporaries among the resources, 0 to 1. Default: a half. */
  readonly temporaries?: number;
  readonly transfers?: boolean;
}

interface UseSpec {
  readonly resource: number;
  readonly start: number;
  readonly length: number;
  readonly access: 1 | 2 | 3;
}

interface CommandSpec {
  readonly kind: 'dispatch' | 'fill' | 'copy';
  readonly uses: readonly UseSpec[];
}

/** A valid recording: no command writes a byte that it also touches through another use. */
export function recordings(bounds: Bounds = {}): fc.Arbitrary<Recording> {
  const { commands = 12, resources = 4, bytes = 12, temporaries = 0.5, transfers = true } = bounds;
  const use = fc.record<UseSpec>({
    resource: fc.nat(resources - 1),
    start: fc.nat(bytes - 1),
    length: fc.integer({ min: 1, max: bytes }),
    access: fc.constantFrom(1, 2, 3),
  });
  const kinds = transfers
    ? (['dispatch', 'dispatch', 'dispatch', 'fill', 'copy'] as const)
    : (['dispatch'] as const);
  const command = fc.record<CommandSpec>({
    kind: fc.constantFrom(...kinds),
    uses: fc.array(use, { minLength: 2, maxLength: 3 }),
  });
  const temporary = fc.array(
    fc.nat(99).map((n) => n < 100 * temporaries),
    { minLength: resources, maxLength: resources },
  );
  return fc
    .record({ commands: fc.array(command, { minLength: 1, maxLength: commands }), temporary })
    .map((spec) => {
      const builder = new RecordingBuilder();
      for (const each of spec.temporary) {
        if (each) builder.temporary(bytes);
        else builder.memory(bytes);
      }
      for (const [i, each] of spec.commands.entries()) append(builder, each, `c${i}`, bytes);
      return builder.build('random');
    });
}

function append(builder: RecordingBuilder, { kind, uses }: CommandSpec, label: string, bytes: number): void {
  const clip = ({ resource, start, length }: UseSpec) =>
    [resource, start, Math.min(length, bytes - start)] as const;
  if (kind === 'fill') {
    builder.fill(clip(uses[0]), 0, label);
    return;
  }
  if (kind === 'copy') {
    const [source, target] = uses;
    const length = Math.min(clip(source)[2], clip(target)[2]);
    const from = builder.use([source.resource, source.start, length], READ);
    const to = builder.use([target.resource, target.start, length], WRITE);
    if (!overlap(from, to)) builder.add({ kind: 'copy', label, uses: [from, to] });
    return;
  }
  const kept: Use[] = [];
  for (const each of uses) {
    const next = builder.use(clip(each), each.access);
    if (!kept.some((other) => (other.access | next.access) & WRITE && overlap(other, next))) kept.push(next);
  }
  builder.dispatch(label, {});
  const last = builder.commands.pop() as Command & { kind: 'dispatch' };
  builder.add({ ...last, uses: kept, bindings: kept.map((_, i) => i) });
}

function overlap(a: Use, b: Use): boolean {
  return (
    a.resource === b.resource && a.offset < b.offset + b.byteLength && b.offset < a.offset + a.byteLength
  );
}
