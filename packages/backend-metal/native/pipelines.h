// Compiled pipelines, by number. They live as long as their device: the core compiles a variant once.
#pragma once

#include <deque>

#include "metal.h"
#include "ref.h"

namespace wick {

struct Pipeline {
  Ref<id<MTLComputePipelineState>> state;
  MTLSize threads;
};

class Pipelines {
 public:
  uint32_t add(Pipeline pipeline) {
    pipelines_.push_back(std::move(pipeline));
    return static_cast<uint32_t>(pipelines_.size() - 1);
  }

  // Stays where it is; null for a number that was never given.
  const Pipeline* find(uint32_t number) const {
    return number < pipelines_.size() ? &pipelines_[number] : nullptr;
  }

 private:
  std::deque<Pipeline> pipelines_;
};

}  // namespace wick
