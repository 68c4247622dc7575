/** As much of the protocol buffer wire format as an ONNX graph needs: varints, floats, and nested messages. */

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

type Part = Uint8Array;

function varint(value: number): Part {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

const key = (field: number, wire: number) => varint(field * 8 + wire);

/** One field: a number is a varint, a string or bytes have a length. */
export function field(number: number, value: number | string | Uint8Array): Part {
  if (typeof value === 'number') return concatenate([key(number, VARINT), varint(value)]);
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concatenate([key(number, LENGTH), varint(bytes.length), bytes]);
}

/** A float32 field. */
export function float(number: number, value: number): Part {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatenate([key(number, FIXED32), bytes]);
}

/** A message, as the value of a field or as a whole. */
export function concatenate(parts: readonly Part[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
