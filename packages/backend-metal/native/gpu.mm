#include "gpu.h"

namespace wick {
namespace {

MTLResourceOptions trackingOf(GpuOptions options) {
  return options.tracked ? MTLResourceHazardTrackingModeTracked : MTLResourceHazardTrackingModeUntracked;
}

MTLResourceOptions storageOf(GpuOptions options) {
  return options.isPrivate ? MTLResourceStorageModePrivate : MTLResourceStorageModeShared;
}

}  // namespace

std::unique_ptr<Gpu> Gpu::open(id<MTLDevice> device, GpuOptions options) {
  auto queue = Ref<id<MTLCommandQueue>>::adopt([device newCommandQueue]);
  if (!queue) return nullptr;
  [queue.get() setLabel:@"wick"];
  auto descriptor = Ref<MTLCommandBufferDescriptor*>::adopt([[MTLCommandBufferDescriptor alloc] init]);
  // Memory, fences and pipelines are kept here until the command buffer has completed.
  [descriptor.get() setRetainedReferences:NO];
  [descriptor.get() setErrorOptions:MTLCommandBufferErrorOptionEncoderExecutionStatus];
  const MTLResourceOptions tracking = trackingOf(options);
  return std::unique_ptr<Gpu>(new Gpu{
      .device = Ref<id<MTLDevice>>::share(device),
      .queue = std::move(queue),
      .descriptor = std::move(descriptor),
      .options = options,
      .memory = Memory(device, tracking | storageOf(options)),
      .staging = Staging(device, tracking),
      .fences = Fences(device),
      .pipelines = Pipelines(),
  });
}

}  // namespace wick
