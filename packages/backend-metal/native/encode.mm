#include "encode.h"

#include <algorithm>
#include <cstring>

namespace wick {
namespace {

// Words that one threadgroup of the copy kernel covers; see src/pipeline/transfers.ts.
constexpr NSUInteger kCopyTile = 1024;

NSUInteger padded(NSUInteger length) { return (length + 3) & ~NSUInteger{3}; }

// Where in staging memory each upload and download lies.
struct Layout {
  // By number of the upload; kDirect where it needs none.
  std::vector<NSUInteger> uploads;
  std::vector<NSUInteger> downloads;
  NSUInteger uploadBytes = 0;
  NSUInteger downloadBytes = 0;
};

constexpr NSUInteger kDirect = ~NSUInteger{0};
constexpr NSUInteger kStagingAlignment = 16;

// An upload goes straight into shared memory where nothing can be using that: no command of this submission
// comes before, and no submission in flight names the buffer.
Layout layOut(const Gpu& gpu, const Submission& submission) {
  const Program& program = *submission.program;
  Layout layout;
  layout.uploads.assign(program.uploadCount, kDirect);
  layout.downloads.assign(program.downloadCount, 0);
  const auto stage = [](NSUInteger& total, NSUInteger length) {
    const NSUInteger at = total;
    total += (length + kStagingAlignment - 1) & ~(kStagingAlignment - 1);
    return at;
  };
  bool leading = !gpu.options.isPrivate;
  for (const Op& op : program.ops) {
    if (op.code == OpCode::upload) {
      leading = leading && submission.idle[op.destination.memory];
      if (!leading) layout.uploads[op.data] = stage(layout.uploadBytes, op.destination.length);
    } else if (op.code == OpCode::download) {
      layout.downloads[op.data] = stage(layout.downloadBytes, op.source.length);
      leading = false;
    } else if (op.code == OpCode::dispatch || op.code == OpCode::copy) {
      leading = false;
    }
  }
  return layout;
}

class Encoding {
 public:
  Encoding(Gpu& gpu, const Submission& submission, const Layout& layout, Counters& counters, Encoded& encoded)
      : gpu_(gpu),
        submission_(submission),
        program_(*submission.program),
        layout_(layout),
        counters_(counters),
        encoded_(encoded),
        fences_(program_.passCount, nil) {}

  void run() {
    for (const Op& op : program_.ops) {
      switch (op.code) {
        case OpCode::begin:
          pass_ = &op;
          break;
        case OpCode::end:
          end();
          break;
        case OpCode::dispatch:
          dispatch(op);
          break;
        case OpCode::barrier:
          barrier(op);
          break;
        case OpCode::copy:
          copy(op.label, at(op.source), at(op.destination), op.source.length);
          break;
        case OpCode::upload:
          upload(op);
          break;
        case OpCode::download:
          copy(op.label, at(op.source), {encoded_.downloads.get(), layout_.downloads[op.data]}, op.source.length);
          break;
      }
    }
  }

 private:
  // A place in memory.
  struct Place {
    id<MTLBuffer> buffer;
    NSUInteger offset;
  };

  Place at(const Range& range) const {
    return {submission_.buffers[range.memory], submission_.offsets[range.memory] + range.offset};
  }

  NSString* label(uint32_t index) const { return program_.labels[index].get(); }

  // The encoder of the pass, opened by the first command that needs it.
  id<MTLComputeCommandEncoder> compute() {
    if (compute_ != nil) return compute_;
    compute_ = [encoded_.buffer.get() computeCommandEncoderWithDispatchType:gpu_.options.tracked
                                                                                ? MTLDispatchTypeSerial
                                                                                : MTLDispatchTypeConcurrent];
    pipeline_ = nullptr;
    opened(compute_);
    return compute_;
  }

  id<MTLBlitCommandEncoder> blit() {
    if (blit_ != nil) return blit_;
    blit_ = [encoded_.buffer.get() blitCommandEncoder];
    opened(blit_);
    return blit_;
  }

  template <typename Encoder>
  void opened(Encoder encoder) {
    counters_.encoders++;
    [encoder setLabel:label(pass_->label)];
    if (gpu_.options.tracked) return;
    for (uint32_t i = 0; i < pass_->count; i++) {
      waitFor(encoder, fences_[program_.indices[pass_->first + i]]);
    }
    for (const auto& [pass, serial] : submission_.waits) {
      if (pass != pass_->pass) continue;
      gpu_.fences.each(serial, [&](id<MTLFence> fence) { waitFor(encoder, fence); });
    }
  }

  // A pass that encoded nothing has no fence, and nothing to wait for.
  template <typename Encoder>
  void waitFor(Encoder encoder, id<MTLFence> fence) {
    if (fence == nil) return;
    [encoder waitForFence:fence];
    counters_.fenceWaits++;
  }

  void end() {
    if (compute_ != nil) close(compute_);
    if (blit_ != nil) close(blit_);
    compute_ = nil;
    blit_ = nil;
  }

  template <typename Encoder>
  void close(Encoder encoder) {
    if (!gpu_.options.tracked) {
      fences_[pass_->pass] = gpu_.fences.take(submission_.serial);
      [encoder updateFence:fences_[pass_->pass]];
    }
    [encoder endEncoding];
  }

  void dispatch(const Op& op) {
    id<MTLBuffer> buffers[kMostBindings];
    NSUInteger offsets[kMostBindings];
    for (uint32_t i = 0; i < op.count; i++) {
      const Range& range = program_.ranges[op.first + i];
      const Place place = range.memory == kNoMemory ? Place{nil, 0} : at(range);
      buffers[i] = place.buffer;
      offsets[i] = place.offset;
    }
    const void* params = op.inlineParams ? static_cast<const void*>(&program_.inlineParams[op.params])
                                         : static_cast<const void*>(submission_.params.bytes + op.params);
    encodeDispatch(op.label, *op.pipeline, buffers, offsets, op.count, params, op.paramsLength, op.groups);
  }

  // Sets everything that a dispatch uses: what the one before has set is never relied upon, but for the
  // pipeline, which is compared.
  void encodeDispatch(uint32_t labelIndex, const Pipeline& pipeline, const id<MTLBuffer>* buffers,
                      const NSUInteger* offsets, NSUInteger count, const void* params, NSUInteger paramsLength,
                      MTLSize groups) {
    const id<MTLComputeCommandEncoder> encoder = compute();
    [encoder insertDebugSignpost:label(labelIndex)];
    if (&pipeline != pipeline_) {
      [encoder setComputePipelineState:pipeline.state.get()];
      pipeline_ = &pipeline;
    }
    [encoder setBuffers:buffers offsets:offsets withRange:NSMakeRange(0, count)];
    if (paramsLength > 0) [encoder setBytes:params length:paramsLength atIndex:count];
    [encoder dispatchThreadgroups:groups threadsPerThreadgroup:pipeline.threads];
  }

  void barrier(const Op& op) {
    // Before the first command of an encoder there is nothing to wait for.
    if (compute_ == nil || gpu_.options.tracked) return;
    barriers_.clear();
    for (uint32_t i = 0; i < op.count; i++) {
      const id<MTLBuffer> buffer = submission_.buffers[program_.indices[op.first + i]];
      if (std::find(barriers_.begin(), barriers_.end(), buffer) == barriers_.end()) barriers_.push_back(buffer);
    }
    [compute_ memoryBarrierWithResources:barriers_.data() count:barriers_.size()];
    counters_.barriers++;
  }

  // The tail of a buffer may be odd, and is copied with its padding.
  void copy(uint32_t labelIndex, Place from, Place to, NSUInteger length) {
    const NSUInteger bytes = padded(length);
    if (pass_->transfer) {
      const id<MTLBlitCommandEncoder> encoder = blit();
      [encoder insertDebugSignpost:label(labelIndex)];
      [encoder copyFromBuffer:from.buffer
                 sourceOffset:from.offset
                     toBuffer:to.buffer
            destinationOffset:to.offset
                         size:bytes];
      return;
    }
    const id<MTLBuffer> buffers[] = {from.buffer, to.buffer};
    const NSUInteger offsets[] = {from.offset, to.offset};
    const NSUInteger words = bytes / 4;
    const uint32_t params[] = {static_cast<uint32_t>(words), 0, 0, 0};
    const MTLSize groups = MTLSizeMake((words + kCopyTile - 1) / kCopyTile, 1, 1);
    encodeDispatch(labelIndex, *gpu_.copy, buffers, offsets, 2, params, sizeof params, groups);
  }

  void upload(const Op& op) {
    const HostBytes host = submission_.uploads[op.data];
    const Place to = at(op.destination);
    const NSUInteger staged = layout_.uploads[op.data];
    if (staged == kDirect) {
      std::memcpy(static_cast<uint8_t*>(to.buffer.contents) + to.offset, host.bytes, host.length);
      return;
    }
    std::memcpy(static_cast<uint8_t*>(encoded_.uploads.get().contents) + staged, host.bytes, host.length);
    copy(op.label, {encoded_.uploads.get(), staged}, to, op.destination.length);
  }

  Gpu& gpu_;
  const Submission& submission_;
  const Program& program_;
  const Layout& layout_;
  Counters& counters_;
  Encoded& encoded_;
  const Op* pass_ = nullptr;
  id<MTLComputeCommandEncoder> compute_ = nil;
  id<MTLBlitCommandEncoder> blit_ = nil;
  const Pipeline* pipeline_ = nullptr;
  // By pass.
  std::vector<id<MTLFence>> fences_;
  std::vector<id<MTLBuffer>> barriers_;
};

bool reserve(Staging& staging, NSUInteger length, Buffer& buffer, std::string& error) {
  if (length == 0) return true;
  buffer = staging.take(length);
  if (!buffer) error = "no staging memory of " + std::to_string(length) + " bytes";
  return static_cast<bool>(buffer);
}

}  // namespace

bool encode(Gpu& gpu, const Submission& submission, Counters& counters, Encoded& encoded, std::string& error) {
  Layout layout = layOut(gpu, submission);
  if (!reserve(gpu.staging, layout.uploadBytes, encoded.uploads, error)) return false;
  if (!reserve(gpu.staging, layout.downloadBytes, encoded.downloads, error)) return false;
  encoded.buffer =
      Ref<id<MTLCommandBuffer>>::share([gpu.queue.get() commandBufferWithDescriptor:gpu.descriptor.get()]);
  if (!encoded.buffer) {
    error = "the queue gives no command buffer";
    return false;
  }
  [encoded.buffer.get() setLabel:submission.program->labels[0].get()];
  Encoding(gpu, submission, layout, counters, encoded).run();
  encoded.downloadOffsets = std::move(layout.downloads);
  return true;
}

}  // namespace wick
