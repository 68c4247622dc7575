#include "completions.h"

namespace wick {
namespace {

std::string text(NSString* string) {
  const char* bytes = string.UTF8String;
  return bytes == nullptr ? std::string() : std::string(bytes);
}

const char* nameOf(MTLCommandEncoderErrorState state) {
  switch (state) {
    case MTLCommandEncoderErrorStateCompleted:
      return "completed";
    case MTLCommandEncoderErrorStateAffected:
      return "affected";
    case MTLCommandEncoderErrorStateFaulted:
      return "faulted";
    case MTLCommandEncoderErrorStatePending:
      return "pending";
    default:
      return "unknown";
  }
}

}  // namespace

std::optional<Failure> failureOf(id<MTLCommandBuffer> buffer) {
  if (buffer.status != MTLCommandBufferStatusError) return std::nullopt;
  NSError* error = buffer.error;
  Failure failure{.code = error.code, .message = text(error.localizedDescription), .encoders = {}};
  NSArray* encoders = [error.userInfo objectForKey:MTLCommandBufferEncoderInfoErrorKey];
  for (id<MTLCommandBufferEncoderInfo> info in encoders) {
    EncoderFailure encoder{.label = text(info.label), .state = nameOf(info.errorState), .signposts = {}};
    for (NSString* signpost in info.debugSignposts) encoder.signposts.push_back(text(signpost));
    failure.encoders.push_back(std::move(encoder));
  }
  return failure;
}

void Completions::finished(uint64_t serial, std::optional<Failure> failure) {
  const std::lock_guard lock(mutex_);
  outcomes_.emplace(serial, std::move(failure));
  expected_--;
  ended_.notify_all();
  if (awake_ || !wake_) return;
  awake_ = true;
  wake_();
}

bool Completions::take(uint64_t serial, std::optional<Failure>& failure) {
  const std::lock_guard lock(mutex_);
  awake_ = false;
  const auto found = outcomes_.find(serial);
  if (found == outcomes_.end()) return false;
  failure = std::move(found->second);
  outcomes_.erase(found);
  return true;
}

void Completions::silence() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

bool Completions::drain(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, most, [this] { return expected_ == 0; });
}

}  // namespace wick
