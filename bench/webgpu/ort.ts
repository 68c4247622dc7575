/**
 * ONNX Runtime, which is no dependency: its package downloads native code when it is installed, and nothing
 * here needs that. Only what the benchmark uses of it is declared.
 */

interface OrtTensor {
  readonly data: ArrayLike<number>;
}

interface OrtSession {
  run(inputs: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

export interface OrtModule {
  readonly env: { readonly versions: { readonly common: string } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: { executionProviders: readonly string[] }): Promise<OrtSession>;
  };
  readonly Tensor: new (
    dtype: string,
    data: Float32Array | Uint16Array,
    shape: readonly number[],
  ) => OrtTensor;
}

export const ORT_PACKAGE: string = 'onnxruntime-node';

/** What to do to have it compared. */
export const ORT_REMEDY = `${ORT_PACKAGE} is not installed; to compare with it: npm install --no-save ${ORT_PACKAGE}@1.30.0`;

/** Undefined where it is not installed. Whatever else it fails with is thrown. */
export async function loadOrt(): Promise<OrtModule | undefined> {
  try {
    const loaded: { default?: OrtModule } & OrtModule = await import(ORT_PACKAGE);
    return loaded.default ?? loaded;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
