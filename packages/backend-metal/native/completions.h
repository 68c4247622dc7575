// What Metal's threads tell about command buffers, kept for the thread of JavaScript.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "metal.h"

namespace wick {

// How an encoder of a failed command buffer ended, where Metal tells.
struct EncoderFailure {
  std::string label;
  // completed, affected, faulted, pending or unknown
  const char* state;
  std::vector<std::string> signposts;
};

struct Failure {
  // MTLCommandBufferError
  int64_t code = 0;
  std::string message;
  std::vector<EncoderFailure> encoders;
};

// Why a command buffer that has ended failed; empty when it did not.
std::optional<Failure> failureOf(id<MTLCommandBuffer> buffer);

// Outlives the device that it belongs to while Metal may still call.
class Completions {
 public:
  // `wake` is called on Metal's thread, once for any number of outcomes until the next `take`.
  explicit Completions(std::function<void()> wake) : wake_(std::move(wake)) {}

  // On the thread of JavaScript, before the commit.
  void expect() {
    const std::lock_guard lock(mutex_);
    expected_++;
  }

  // On Metal's thread. Never throws, never calls JavaScript.
  void finished(uint64_t serial, std::optional<Failure> failure);

  // The outcome of `serial`, if there is one: true and the failure, which may be empty.
  bool take(uint64_t serial, std::optional<Failure>& failure);

  // After this `wake` is not called any more.
  void silence();

  // Waits until Metal has ended everything; false when that took too long.
  bool drain(std::chrono::milliseconds most);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::function<void()> wake_;
  bool awake_ = false;
  uint64_t expected_ = 0;
  std::map<uint64_t, std::optional<Failure>> outcomes_;
};

}  // namespace wick
