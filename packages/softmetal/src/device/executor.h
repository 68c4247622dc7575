/** Runs command buffers, one after another, on a thread of its own; tells of their ends on another. */
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_set>

#include "commands.h"

namespace softmetal {

class Executor {
 public:
  static Executor &shared();
  /** Numbers the buffer and its encoders, evaluates fences, and queues it. */
  void commit(const std::shared_ptr<CommandBufferRecord> &buffer);
  /** Called when the host has been told that a command buffer ended. */
  void observed(std::uint64_t serial);

 private:
  /** Work of one thread, in order. */
  class Lane {
   public:
    Lane();
    void add(std::function<void()> work);

   private:
    void loop();
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> work_;
  };

  Executor() = default;
  void orderEncoders(CommandBufferRecord &buffer);
  void snapshot(CommandBufferRecord &buffer);
  void run(CommandBufferRecord &buffer);

  std::mutex mutex_;
  std::uint64_t serials_ = 0;
  std::uint64_t encoders_ = 0;
  /** All command buffers up to this one ended, and the host knows. */
  std::uint64_t completed_ = 0;
  std::set<std::uint64_t> ended_;
  /** `completed_` at the commit of each that has not ended. */
  std::multiset<std::uint64_t> pending_;
  Lane work_;
  Lane handlers_;
};

}  // namespace softmetal
