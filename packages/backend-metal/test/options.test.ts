import { describe, expect, it } from 'vitest';
import { checkOptions, type MetalOptions } from '../src/options.js';

describe('options of Metal', () => {
  it('may be left out, or be any of their words', () => {
    expect(() => checkOptions({})).not.toThrow();
    expect(() =>
      checkOptions({ hazardTracking: 'metal', transfers: 'blit', storage: 'private' }),
    ).not.toThrow();
  });

  it.each([
    [{ storage: 'managed' }, '"storage" must be shared or private, not managed'],
    [
      { transfer: 'blit' },
      '"transfer" is unknown; known are hazardTracking, transfers, storage, matrices, limits',
    ],
  ])('are refused: %o', (options, message) => {
    const refused = expect(() => checkOptions(options as MetalOptions));
    refused.toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG', message: expect.stringContaining(message) }),
    );
  });
});
