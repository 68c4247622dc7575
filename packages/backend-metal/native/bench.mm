#include "bench.h"

#include <vector>

#include "device.h"

namespace wick {
namespace {

// One command buffer with one concurrent compute encoder at a time.
class CallEncoder : public Napi::ObjectWrap<CallEncoder> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "CallEncoder",
                       {
                           InstanceMethod<&CallEncoder::begin>("begin"),
                           InstanceMethod<&CallEncoder::signpost>("signpost"),
                           InstanceMethod<&CallEncoder::setPipeline>("setPipeline"),
                           InstanceMethod<&CallEncoder::setBuffers>("setBuffers"),
                           InstanceMethod<&CallEncoder::setBytes>("setBytes"),
                           InstanceMethod<&CallEncoder::dispatch>("dispatch"),
                           InstanceMethod<&CallEncoder::barrier>("barrier"),
                           InstanceMethod<&CallEncoder::end>("end"),
                           InstanceMethod<&CallEncoder::commit>("commit"),
                           InstanceMethod<&CallEncoder::wait>("wait"),
                       });
  }

  // new CallEncoder(device, labels)
  explicit CallEncoder(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<CallEncoder>(info), gpu_(Device::Unwrap(info[0].As<Napi::Object>())->gpu()) {
    owner_ = Napi::Persistent(info[0].As<Napi::Object>());
    const auto labels = info[1].As<Napi::Array>();
    @autoreleasepool {
      for (uint32_t i = 0; i < labels.Length(); i++) {
        labels_.push_back(wick::Ref<NSString*>::share(toNSString(labels.Get(i))));
      }
    }
  }

 private:
  Napi::Value begin(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      buffer_ = wick::Ref<id<MTLCommandBuffer>>::share(
          [gpu_.queue.get() commandBufferWithDescriptor:gpu_.descriptor.get()]);
      [buffer_.get() setLabel:labels_[0].get()];
      encoder_ = wick::Ref<id<MTLComputeCommandEncoder>>::share(
          [buffer_.get() computeCommandEncoderWithDispatchType:MTLDispatchTypeConcurrent]);
      [encoder_.get() setLabel:labels_[0].get()];
    }
    return info.Env().Undefined();
  }

  Napi::Value signpost(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      [encoder_.get() insertDebugSignpost:labels_[info[0].As<Napi::Number>().Uint32Value()].get()];
    }
    return info.Env().Undefined();
  }

  Napi::Value setPipeline(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      pipeline_ = gpu_.pipelines.find(info[0].As<Napi::Number>().Uint32Value());
      [encoder_.get() setComputePipelineState:pipeline_->state.get()];
    }
    return info.Env().Undefined();
  }

  // setBuffers(number and offset of each)
  Napi::Value setBuffers(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      const auto pairs = info[0].As<Napi::Float64Array>();
      const double* pair = pairs.Data();
      const size_t count = pairs.ElementLength() / 2;
      id<MTLBuffer> buffers[kMostBindings];
      NSUInteger offsets[kMostBindings];
      for (size_t i = 0; i < count; i++, pair += 2) {
        buffers[i] = gpu_.memory.find(static_cast<uint32_t>(pair[0]));
        offsets[i] = static_cast<NSUInteger>(pair[1]);
      }
      [encoder_.get() setBuffers:buffers offsets:offsets withRange:NSMakeRange(0, count)];
    }
    return info.Env().Undefined();
  }

  Napi::Value setBytes(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      const auto bytes = info[0].As<Napi::Uint8Array>();
      [encoder_.get() setBytes:bytes.Data() length:bytes.ByteLength() atIndex:info[1].As<Napi::Number>().Uint32Value()];
    }
    return info.Env().Undefined();
  }

  Napi::Value dispatch(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      const auto count = [&](size_t i) { return static_cast<NSUInteger>(info[i].As<Napi::Number>().Uint32Value()); };
      [encoder_.get() dispatchThreadgroups:MTLSizeMake(count(0), count(1), count(2))
                     threadsPerThreadgroup:pipeline_->threads];
    }
    return info.Env().Undefined();
  }

  Napi::Value barrier(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      const id<MTLBuffer> buffer = gpu_.memory.find(info[0].As<Napi::Number>().Uint32Value());
      [encoder_.get() memoryBarrierWithResources:&buffer count:1];
    }
    return info.Env().Undefined();
  }

  Napi::Value end(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      [encoder_.get() endEncoding];
      encoder_ = {};
    }
    return info.Env().Undefined();
  }

  Napi::Value commit(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      [buffer_.get() commit];
    }
    return info.Env().Undefined();
  }

  Napi::Value wait(const Napi::CallbackInfo& info) {
    @autoreleasepool {
      [buffer_.get() waitUntilCompleted];
      buffer_ = {};
    }
    return info.Env().Undefined();
  }

  Gpu& gpu_;
  Napi::ObjectReference owner_;
  std::vector<wick::Ref<NSString*>> labels_;
  wick::Ref<id<MTLCommandBuffer>> buffer_;
  wick::Ref<id<MTLComputeCommandEncoder>> encoder_;
  const Pipeline* pipeline_ = nullptr;
};

}  // namespace

void defineBench(Napi::Env env, Napi::Object exports) { exports.Set("CallEncoder", CallEncoder::define(env)); }

}  // namespace wick
