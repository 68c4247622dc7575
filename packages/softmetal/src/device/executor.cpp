#include "executor.h"

#include <chrono>
#include <cstring>
#include <random>
#include <thread>

#include "encoder_run.h"
#include "findings.h"
#include "settings.h"

namespace softmetal {

namespace {

constexpr std::size_t mostSnapshotBytes = 4u << 20;
constexpr int internalError = 1;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class F>
void eachMemory(const CommandBufferRecord &buffer, F visit) {
  for (const auto &ref : buffer.memories)
    if (const auto memory = ref.lock()) visit(memory);
}

}  // namespace

Executor::Lane::Lane() {
  std::thread([this] { loop(); }).detach();
}

void Executor::Lane::add(std::function<void()> work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  work_.push_back(std::move(work));
  wake_.notify_one();
}

void Executor::Lane::loop() {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [this] { return !work_.empty(); });
      work = std::move(work_.front());
      work_.pop_front();
    }
    work();
  }
}

Executor &Executor::shared() {
  static Executor *const executor = new Executor();  // its threads outlive everything
  return *executor;
}

void Executor::commit(const std::shared_ptr<CommandBufferRecord> &buffer) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    buffer->serial = ++serials_;
    orderEncoders(*buffer);
    pending_.insert(completed_);
    if (Settings::shared().track()) snapshot(*buffer);
  }
  work_.add([this, buffer] {
    if (buffer->scheduled) handlers_.add(buffer->scheduled);
    buffer->start = now();
    if (buffer->error == 0 && Settings::shared().execute()) run(*buffer);
    buffer->end = now();
    for (const auto &encoder : buffer->encoders)
      if (encoder->state == EncoderRecord::State::pending)
        encoder->state =
            buffer->error == 0 ? EncoderRecord::State::completed : EncoderRecord::State::affected;
    const auto told = std::chrono::steady_clock::now() + Settings::shared().latency();
    handlers_.add([this, buffer, told] {
      std::this_thread::sleep_until(told);
      // Whoever a handler tells may commit at once.
      observed(buffer->serial);
      if (buffer->completed) buffer->completed();
    });
  });
}

void Executor::observed(std::uint64_t serial) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (serial > completed_) ended_.insert(serial);
  while (!ended_.empty() && *ended_.begin() == completed_ + 1) {
    ended_.erase(ended_.begin());
    completed_++;
  }
}

/** Waits are for the last update committed so far, so what is not committed yet cannot be waited for. */
void Executor::orderEncoders(CommandBufferRecord &buffer) {
  for (const auto &encoder : buffer.encoders) {
    auto order = std::make_shared<EncoderOrder>();
    order->id = ++encoders_;
    order->commandBuffer = buffer.serial;
    order->completed = completed_;
    order->label = encoder->label;
    for (const auto &fence : encoder->waits) {
      const std::lock_guard<std::mutex> lock(fence->mutex);
      if (!fence->updated) {
        const std::string text = "encoder '" + encoder->label + "' waits for fence '" + fence->label +
                                 "', which no encoder committed before updates";
        Findings::shared().add(text);
        buffer.fail(internalError, text);
        continue;
      }
      const EncoderOrder &before = *fence->updated;
      if (before.commandBuffer > completed_) order->before.insert(before.id);
      for (const std::uint64_t id : before.before) order->before.insert(id);
    }
    for (const auto &fence : encoder->updates) {
      const std::lock_guard<std::mutex> lock(fence->mutex);
      fence->updated = order;
    }
    encoder->order = std::move(order);
  }
}

void Executor::snapshot(CommandBufferRecord &buffer) {
  eachMemory(buffer, [&](const std::shared_ptr<Memory> &memory) {
    if (!memory->shared || memory->length > mostSnapshotBytes) return;
    buffer.snapshots.push_back({memory, memory->version, std::string(memory->base, memory->length)});
  });
}

void Executor::run(CommandBufferRecord &buffer) {
  const bool track = Settings::shared().track();
  std::uint64_t forgettable = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    forgettable = pending_.empty() ? completed_ : *pending_.begin();
    pending_.erase(pending_.begin());
  }
  std::mt19937_64 random(Settings::shared().seed() * 0x9e3779b97f4a7c15ull + buffer.serial);
  if (track) {
    eachMemory(buffer, [&](const std::shared_ptr<Memory> &memory) { forgetBefore(*memory, forgettable); });
  }
  // A snapshot is worth comparing only where no other command buffer wrote since it was made.
  std::vector<bool> comparable;
  for (const auto &s : buffer.snapshots) {
    const auto memory = s.memory.lock();
    comparable.push_back(memory && memory->version == s.version);
  }
  for (const auto &encoder : buffer.encoders) {
    EncoderRun(*encoder, buffer, track, random).run();
    if (encoder->state == EncoderRecord::State::faulted) break;
    encoder->state = EncoderRecord::State::completed;
  }
  // A dispatch that was given up half-way has not said what it wrote.
  if (buffer.error != 0) return;
  for (std::size_t i = 0; i < buffer.snapshots.size(); i++) {
    const auto &s = buffer.snapshots[i];
    const auto memory = s.memory.lock();
    if (!memory || !comparable[i] || std::memcmp(memory->base, s.bytes.data(), memory->length) == 0) continue;
    for (std::size_t at = 0; at < memory->length; at++) {
      if (memory->base[at] == s.bytes[at] || writtenBy(*memory, buffer.serial, at)) continue;
      const std::string text = "the host wrote byte " + std::to_string(at) + " of " + memory->name() +
                               " while command buffer '" + buffer.label + "' that uses it was in flight";
      Findings::shared().add(text);
      buffer.fail(internalError, text);
      break;
    }
  }
}

}  // namespace softmetal
