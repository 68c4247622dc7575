#include "memory.h"

namespace wick {
namespace {

constexpr NSUInteger kLeastStaging = 4096;
// Staging memory that lies idle beyond this is released: a model that is loaded would keep its size twice.
constexpr NSUInteger kMostIdleStaging = NSUInteger{64} << 20;

}  // namespace

int64_t Memory::allocate(NSUInteger length) {
  auto buffer = Buffer::adopt([device_ newBufferWithLength:length options:options_]);
  if (!buffer) return -1;
  uint32_t number;
  if (unused_.empty()) {
    number = static_cast<uint32_t>(buffers_.size());
    buffers_.emplace_back();
    lastUse_.push_back(0);
  } else {
    number = unused_.back();
    unused_.pop_back();
  }
  [buffer.get() setLabel:[NSString stringWithFormat:@"allocation %u", number]];
  buffers_[number] = std::move(buffer);
  lastUse_[number] = 0;
  return number;
}

void Memory::free(uint32_t number, uint64_t serial) {
  if (find(number) == nil) return;
  freed_.emplace(serial, std::move(buffers_[number]));
  buffers_[number] = Buffer();
  unused_.push_back(number);
}

void Memory::completed(uint64_t serial) { freed_.erase(freed_.begin(), freed_.upper_bound(serial)); }

id<MTLBuffer> Memory::find(uint32_t number) const {
  return number < buffers_.size() ? buffers_[number].get() : nil;
}

Buffer Staging::take(NSUInteger length) {
  NSUInteger size = kLeastStaging;
  while (size < length) size *= 2;
  const auto found = idle_.find(size);
  if (found != idle_.end()) {
    Buffer buffer = std::move(found->second);
    idle_.erase(found);
    idleBytes_ -= size;
    return buffer;
  }
  auto buffer = Buffer::adopt([device_ newBufferWithLength:size options:options_]);
  if (!buffer) return buffer;
  made++;
  [buffer.get() setLabel:@"staging"];
  return buffer;
}

void Staging::give(Buffer buffer) {
  const NSUInteger size = buffer.get().length;
  if (idleBytes_ + size > kMostIdleStaging) return;
  idleBytes_ += size;
  idle_.emplace(size, std::move(buffer));
}

}  // namespace wick
