export * from './backend.js';
export * from './config.js';
export * from './device.js';
export * from './errors.js';
export { type CompiledInputs, CompiledPlan, type ReplayInput } from './execution/compiled.js';
export type { CompileProgress } from './execution/pipelines.js';
export type { WarmUpOptions } from './execution/warm-up.js';
export * from './kernels/catalogue/index.js';
export {
  type Access,
  type BindingArray,
  type BindingContract,
  defineKernel,
  type KernelConstants,
  type KernelContract,
  type KernelDefinition,
  type KernelSources,
  type MslSource,
  type ReferenceCall,
  type ReferenceFunction,
  type WgslSource,
} from './kernels/contract.js';
export * from './kernels/dtype.js';
export * from './kernels/params.js';
export { Buffer } from './memory/buffer.js';
export type { LabelFigures } from './memory/ledger.js';
export { type PoolFigures, sizeClass } from './memory/pool.js';
export { encodePlan } from './planning/encode.js';
export type { Barrier } from './planning/hazards.js';
export type { Pass } from './planning/passes.js';
export {
  type PlacedTemporary,
  type Plan,
  type PlanFigures,
  type PlanMemory,
  type PlanningOptions,
  planRecording,
} from './planning/plan.js';
export * from './random/normal.js';
export * from './random/philox.js';
export type { Bindable, DispatchCall } from './recording/calls.js';
export * from './recording/commands.js';
export type { DeviceStats } from './stats.js';
export { type ChromeTraceEvent, Trace, type TraceArguments, type TraceLane } from './trace/trace.js';
