// Memory of a device: one MTLBuffer for each allocation, by number, and staging memory for transfers.
// Command buffers do not retain what they use, so nothing here is released before the last submission that
// may use it has completed.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "metal.h"
#include "ref.h"

namespace wick {

using Buffer = Ref<id<MTLBuffer>>;

class Memory {
 public:
  Memory(id<MTLDevice> device, MTLResourceOptions options) : device_(device), options_(options) {}

  // The number of a new allocation, or -1 where there is no room.
  int64_t allocate(NSUInteger length);

  // Gives an allocation back; its memory is kept until `serial`, the latest submission, has completed.
  void free(uint32_t number, uint64_t serial);

  // Releases what was freed up to `serial`.
  void completed(uint64_t serial);

  // nil for a number that names nothing.
  id<MTLBuffer> find(uint32_t number) const;

  // Notes that submission `serial` uses an allocation; returns the latest that did before, 0 for none.
  uint64_t use(uint32_t number, uint64_t serial) { return std::exchange(lastUse_[number], serial); }

 private:
  id<MTLDevice> device_;
  MTLResourceOptions options_;
  std::vector<Buffer> buffers_;
  std::vector<uint64_t> lastUse_;
  std::vector<uint32_t> unused_;
  std::multimap<uint64_t, Buffer> freed_;
};

// Shared memory in powers of two, kept for the next transfer.
class Staging {
 public:
  Staging(id<MTLDevice> device, MTLResourceOptions tracking)
      : device_(device), options_(tracking | MTLResourceStorageModeShared) {}

  // Empty where there is no room.
  Buffer take(NSUInteger length);
  void give(Buffer buffer);

  // Buffers made so far.
  uint32_t made = 0;

 private:
  id<MTLDevice> device_;
  MTLResourceOptions options_;
  std::multimap<NSUInteger, Buffer> idle_;
  NSUInteger idleBytes_ = 0;
};

}  // namespace wick
