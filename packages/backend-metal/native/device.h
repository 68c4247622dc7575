// A device as JavaScript sees it: memory, pipelines, submissions, captures. Command buffers and encoders
// stay on this side. The types of all members are in src/native.ts.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "completions.h"
#include "encode.h"
#include "gpu.h"
#include "node.h"

namespace wick {

class Device : public Napi::ObjectWrap<Device> {
 public:
  static Napi::Function define(Napi::Env env);

  // new Device({ tracked, storage }, counters, settle): throws where there is no Metal device.
  explicit Device(const Napi::CallbackInfo& info);
  ~Device() override;

#ifdef WICK_BENCH
  Gpu& gpu() { return *gpu_; }
#endif

 private:
  // A submission that has been committed and not settled.
  struct InFlight {
    uint64_t serial;
    Encoded encoded;
    std::vector<Napi::Reference<Napi::Uint8Array>> downloads;
  };

  Napi::Value facts(const Napi::CallbackInfo& info);
  Napi::Value allocate(const Napi::CallbackInfo& info);
  Napi::Value free(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value compile(const Napi::CallbackInfo& info);
  Napi::Value pipeline(const Napi::CallbackInfo& info);
  Napi::Value useCopy(const Napi::CallbackInfo& info);
  Napi::Value submit(const Napi::CallbackInfo& info);
  Napi::Value startCapture(const Napi::CallbackInfo& info);
  Napi::Value stopCapture(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  const Program* programOf(Napi::Env env, Napi::Object packed);
  bool gather(const Napi::CallbackInfo& info, const Program& program);
  void commit(Encoded encoded, Napi::Array downloads);
  // Settles what has completed, in serial order.
  void settleCompleted(Napi::Env env);
  // The environment ends, by exit or because its worker is terminated.
  void leave();
  static void environmentEnds(void* device);

  std::unique_ptr<Gpu> gpu_;
  std::shared_ptr<Completions> completions_;
  // Shared with JavaScript; see `COUNTERS` in src/native.ts.
  Napi::Reference<Napi::Uint32Array> counterArray_;
  Counters counters_;
  Napi::FunctionReference settle_;
  Napi::ThreadSafeFunction wake_;
  std::deque<InFlight> inFlight_;
  Submission submission_;
  uint64_t serial_ = 0;
  uint64_t completed_ = 0;
  bool open_ = true;
  bool released_ = false;
  bool leaving_ = false;

  friend struct CountedCall;
};

}  // namespace wick
