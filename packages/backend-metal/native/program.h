// A program: the steps of one submission, read from packed words once and kept for every replay. What
// changes between replays (memory, parameters, uploads) is not part of it. The words are written by
// src/submission/pack.ts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metal.h"
#include "pipelines.h"
#include "ref.h"

namespace wick {

// A byte range of one entry of the memory table.
struct Range {
  uint32_t memory;
  NSUInteger offset;
  NSUInteger length;
};

enum class OpCode : uint32_t {
  begin = 1,
  end = 2,
  dispatch = 3,
  barrier = 4,
  copy = 5,
  upload = 6,
  download = 7,
};

constexpr uint32_t kProgramVersion = 1;
constexpr uint32_t kNoMemory = 0xffffffff;
// Buffers that one dispatch may bind, the parameter struct not counted.
constexpr uint32_t kMostBindings = 30;
// What `setBytes:` takes.
constexpr uint32_t kMostParamBytes = 4096;

struct Op {
  OpCode code;
  // begin, dispatch, copy, upload, download: index into `labels`.
  uint32_t label = 0;
  // begin: the number of the pass, and which of `indices` are the passes that it waits for.
  // barrier: which of `indices` are the entries of the memory table that it covers.
  // dispatch: which of `ranges` are its bindings.
  uint32_t pass = 0;
  uint32_t first = 0;
  uint32_t count = 0;
  bool transfer = false;
  // dispatch
  const Pipeline* pipeline = nullptr;
  MTLSize groups = {0, 0, 0};
  // Where the parameters lie: in the submission's block, or among the words of the program.
  bool inlineParams = false;
  uint32_t params = 0;
  uint32_t paramsLength = 0;
  // upload, download: index of the bytes on the host; copy and download read `source`, copy and upload
  // write `destination`.
  uint32_t data = 0;
  Range source = {kNoMemory, 0, 0};
  Range destination = {kNoMemory, 0, 0};
};

struct Program {
  std::vector<Op> ops;
  std::vector<Range> ranges;
  std::vector<uint32_t> indices;
  std::vector<uint32_t> inlineParams;
  std::vector<Ref<NSString*>> labels;
  // labels[0] is that of the submission.
  uint32_t memoryCount = 0;
  uint32_t uploadCount = 0;
  uint32_t downloadCount = 0;
  uint32_t passCount = 0;
  uint32_t paramsBytes = 0;

  // Reads packed words; says in `error` what is wrong with them.
  static std::unique_ptr<Program> parse(const uint32_t* words, size_t count, std::vector<Ref<NSString*>> labels,
                                        const Pipelines& pipelines, std::string& error);
};

}  // namespace wick
