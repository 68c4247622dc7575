// A Metal device with its queue and everything that its submissions share. Nothing here knows JavaScript.
#pragma once

#include <cstdint>
#include <memory>

#include "fences.h"
#include "memory.h"
#include "metal.h"
#include "pipelines.h"
#include "ref.h"

namespace wick {

struct GpuOptions {
  // Resources are tracked by Metal and encoders are serial: barriers and fences are left out.
  bool tracked = false;
  // Allocations are private to the GPU.
  bool isPrivate = false;
};

// What was done so far, for those who count; see `COUNTERS` in src/native.ts.
struct Counters {
  uint32_t calls = 0;
  uint32_t encoders = 0;
  uint32_t barriers = 0;
  uint32_t fenceWaits = 0;
  uint32_t made = 0;
  uint32_t programs = 0;
};

struct Gpu {
  // nullptr where the device gives no queue.
  static std::unique_ptr<Gpu> open(id<MTLDevice> device, GpuOptions options);

  // Metal objects made so far that are kept: allocations, staging memory, fences.
  uint32_t objectsMade() const { return allocations + staging.made + fences.made; }

  Ref<id<MTLDevice>> device;
  Ref<id<MTLCommandQueue>> queue;
  Ref<MTLCommandBufferDescriptor*> descriptor;
  GpuOptions options;
  Memory memory;
  Staging staging;
  Fences fences;
  Pipelines pipelines;
  // Copies words inside a compute pass; set before the first submission.
  const Pipeline* copy = nullptr;
  uint32_t allocations = 0;
};

}  // namespace wick
