// Encodes a program into one command buffer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gpu.h"
#include "program.h"

namespace wick {

// A byte range of the host; valid during the call only.
struct HostBytes {
  const uint8_t* bytes;
  size_t length;
};

// What a submission brings along for its program.
struct Submission {
  uint64_t serial = 0;
  const Program* program = nullptr;
  // By memory index.
  std::vector<id<MTLBuffer>> buffers;
  std::vector<NSUInteger> offsets;
  // Whether no submission in flight names the buffer, so that the host may write it.
  std::vector<bool> idle;
  HostBytes params = {nullptr, 0};
  std::vector<HostBytes> uploads;
  // Pass and serial of an earlier submission that it must wait for.
  std::vector<std::pair<uint32_t, uint64_t>> waits;
};

// What a submission needs until it has completed.
struct Encoded {
  Ref<id<MTLCommandBuffer>> buffer;
  Buffer uploads;
  Buffer downloads;
  // Offset of each download in `downloads`.
  std::vector<NSUInteger> downloadOffsets;
};

// Encodes and does not commit. Says in `error` why it could not; nothing is encoded then.
bool encode(Gpu& gpu, const Submission& submission, Counters& counters, Encoded& encoded, std::string& error);

}  // namespace wick
