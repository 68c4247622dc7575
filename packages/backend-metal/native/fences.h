// Fences order the encoders of untracked memory. Every encoder updates one of its own when it ends; who
// has to wait for it waits for that one. They are kept by submission until it completes: a wait for what
// has completed is never encoded.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

#include "metal.h"
#include "ref.h"

namespace wick {

using Fence = Ref<id<MTLFence>>;

class Fences {
 public:
  explicit Fences(id<MTLDevice> device) : device_(device) {}

  // A fence for an encoder of submission `serial`; nil where Metal gives none.
  id<MTLFence> take(uint64_t serial) {
    Fence fence;
    if (idle_.empty()) {
      fence = Fence::adopt([device_ newFence]);
      if (!fence) return nil;
      made++;
      [fence.get() setLabel:@"pass"];
    } else {
      fence = std::move(idle_.back());
      idle_.pop_back();
    }
    const id<MTLFence> taken = fence.get();
    pending_[serial].push_back(std::move(fence));
    return taken;
  }

  // A submission is committed, with or without encoders.
  void committed(uint64_t serial) { pending_[serial]; }

  // Calls `visit` with what a wait for a submission means: the fences of all its encoders; none when it has
  // completed. One that was never committed has not waited for what it should have, so whoever waits for it
  // waits for everything before it.
  template <typename Visit>
  void each(uint64_t serial, Visit visit) const {
    const auto found = pending_.find(serial);
    const auto end = found == pending_.end() ? pending_.lower_bound(serial) : std::next(found);
    for (auto at = found == pending_.end() ? pending_.begin() : found; at != end; ++at) {
      for (const Fence& fence : at->second) visit(fence.get());
    }
  }

  void completed(uint64_t serial) {
    const auto found = pending_.find(serial);
    if (found == pending_.end()) return;
    for (Fence& fence : found->second) idle_.push_back(std::move(fence));
    pending_.erase(found);
  }

  // Fences made so far.
  uint32_t made = 0;

 private:
  id<MTLDevice> device_;
  std::vector<Fence> idle_;
  std::map<uint64_t, std::vector<Fence>> pending_;
};

}  // namespace wick
