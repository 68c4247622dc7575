/** Subgroup matrices: an experiment of Dawn's that no types describe. */

/** A size that the hardware multiplies; see Dawn's `GPUSubgroupMatrixConfig`. */
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

const SUBGROUP = 32;
const SIDE = 16;
/** Invocations of the largest workgroup that uses them. */
const INVOCATIONS = 512;

/**
 * Whether subgroups are of 32 and multiply float16 matrices of 16 x 16 x 16 into float32.
 *
 * @param info of the adapter: that of the device does not list sizes
 */
export function hasSubgroupMatrices({ features, limits }: GPUDevice, info: GPUAdapterInfo): boolean {
  if (!features.has('chromium-experimental-subgroup-matrix') || !features.has('shader-f16')) return false;
  const { subgroupMinSize, subgroupMaxSize } = info;
  const { subgroupMatrixConfigs = [] } = info as { subgroupMatrixConfigs?: readonly MatrixConfig[] };
  return (
    limits.maxComputeInvocationsPerWorkgroup >= INVOCATIONS &&
    subgroupMinSize === SUBGROUP &&
    subgroupMaxSize === SUBGROUP &&
    subgroupMatrixConfigs.some(
      ({ componentType, resultComponentType, M, N, K }) =>
        componentType === 'f16' && resultComponentType === 'f32' && M === SIDE && N === SIDE && K === SIDE,
    )
  );
}
