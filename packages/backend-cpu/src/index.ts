import { cpu } from './backend.js';

export { CpuBackend, cpu } from './backend.js';
export {
  type BoundDispatch,
  bindCommand,
  bindDispatch,
  bindTransfer,
  type CommandStep,
  type DispatchStep,
  runTransfer,
  StepFailure,
  type TransferStep,
} from './commands.js';
export { type Executor, type ExecutorHost, programOrder, runInSlices } from './executor.js';
export type { CpuKernel, KernelCall } from './kernel.js';
export { cpuKernels } from './kernels/index.js';
export { CpuAllocation } from './memory.js';
export { CPU_CAPABILITIES, CPU_LIMITS, type CpuOptions } from './options.js';
export { CpuPipeline } from './pipeline.js';

/** Makes the factory that a configuration names. */
export default cpu;
