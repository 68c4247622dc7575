/** Opens a device with everything that its adapter offers, and says what that is in the core's words. */

import {
  type BackendCapabilities,
  type BackendInfo,
  type BackendLimits,
  toWickError,
  WickError,
} from '@wick/core';
import { OPTIONAL_FEATURES, type OptionalFeature, type WebGpuOptions } from '../options.js';
import { findGpu } from './gpu.js';
import { hasSubgroupMatrices } from './matrices.js';

/** An opened device and what is known about it. */
export interface OpenedDevice {
  /** Kept, because an implementation may end with the object that it began with. */
  readonly gpu: GPU | undefined;
  readonly device: GPUDevice;
  readonly info: BackendInfo;
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  /** See {@link hasSubgroupMatrices}. */
  readonly subgroupMatrices: boolean;
}

/** Opens a device. Rejects `BACKEND_UNAVAILABLE`, saying which step failed. */
export async function openAdapter(options: WebGpuOptions): Promise<OpenedDevice> {
  const gpu = options.adapter === undefined ? await findGpu(options) : undefined;
  const adapter = options.adapter ?? (await requestAdapter(gpu, options));
  const { without = [] } = options;
  const requiredFeatures = OPTIONAL_FEATURES.filter(
    (name) => adapter.features.has(name) && !without.includes(name),
  );
  let device: GPUDevice;
  try {
    const label = 'wick';
    device = await adapter.requestDevice({
      label,
      requiredFeatures: requiredFeatures as GPUFeatureName[],
      requiredLimits: limitsOf(adapter),
    });
  } catch (thrown) {
    throw toWickError(thrown, 'BACKEND_UNAVAILABLE', `adapter "${describe(adapter.info)}" gives no device`);
  }
  return {
    gpu,
    device,
    info: infoOf(adapter.info),
    limits: { ...backendLimits(device.limits, adapter.info), ...options.limits },
    capabilities: capabilitiesOf(device, adapter.info),
    subgroupMatrices: hasSubgroupMatrices(device, adapter.info),
  };
}

async function requestAdapter(gpu: GPU | undefined, options: WebGpuOptions): Promise<GPUAdapter> {
  const { powerPreference = 'high-performance' } = options;
  const adapter = await gpu?.requestAdapter({ powerPreference });
  if (adapter !== null && adapter !== undefined) return adapter;
  throw new WickError(
    'BACKEND_UNAVAILABLE',
    'WebGPU is there, but it finds no adapter (no GPU or no driver)',
  );
}

/** The limits that matter to compute work. What is not requested would be the least of all adapters. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxUniformBufferBindingSize',
  'minStorageBufferOffsetAlignment',
  'minUniformBufferOffsetAlignment',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

function limitsOf({ limits }: GPUAdapter): Record<string, number> {
  return Object.fromEntries(LIMITS.map((name) => [name, limits[name]]));
}

const GIB = 2 ** 30;
/** Bindings are rounded up to this many bytes, so that shaders may read vectors of four. */
const BINDING_GRANULARITY = 16;

/**
 * Limits of submissions are chosen so that the work of one takes well under the second or two after which
 * operating systems reset a GPU, on a GPU of 1 TFLOP/s; software adapters get a hundredth.
 */
function backendLimits(limits: GPUSupportedLimits, info: GPUAdapterInfo): BackendLimits {
  const slow = isSoftware(info);
  const down = (bytes: number) => Math.floor(bytes / BINDING_GRANULARITY) * BINDING_GRANULARITY;
  return {
    maxAllocationBytes: down(limits.maxBufferSize),
    maxBindingBytes: down(limits.maxStorageBufferBindingSize),
    maxBindings: limits.maxStorageBuffersPerShaderStage,
    bindingAlignment: limits.minStorageBufferOffsetAlignment,
    transferAlignment: 4,
    paramsAlignment: limits.minUniformBufferOffsetAlignment,
    maxCommandsPerSubmission: 512,
    maxBytesPerSubmission: slow ? GIB / 4 : 8 * GIB,
    maxWorkPerSubmission: slow ? 1e9 : 1e11,
    maxSubmissionsInFlight: 4,
  };
}

function capabilitiesOf({ features }: GPUDevice, info: GPUAdapterInfo): BackendCapabilities {
  const has = (name: OptionalFeature) => features.has(name);
  const { subgroupMinSize: min, subgroupMaxSize: max } = info;
  return {
    // Implementations put their own barriers, and run what was submitted in order.
    explicitBarriers: false,
    explicitWaits: false,
    // Copies are commands of the encoder: they need the compute pass to end.
    transfersInComputePass: [],
    wholeAllocationBindings: true,
    float16: has('shader-f16'),
    ...(has('subgroups') && min > 0 ? { subgroups: { min, max } } : {}),
    timestamps: has('timestamp-query'),
  };
}

/** Adapters that compute on the CPU. Not all of them call themselves a fallback. */
function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|\bcpu\b/i.test(describe(info));
}

function infoOf(info: GPUAdapterInfo): BackendInfo {
  return {
    name: 'webgpu',
    vendor: info.vendor || 'unknown',
    device: info.device || info.architecture || info.description || 'unknown',
    driver: info.description || 'unknown',
  };
}

function describe({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [vendor, architecture, device, description].filter((word) => word !== '').join(' ') || 'unknown';
}
