/**
 * Runs the commands of one encoder. Inside of a concurrent encoder a command may start as soon as those
 * that barriers put before it have ended; which of them goes on, and with which threadgroup, is random.
 */
#pragma once
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

#include "commands.h"
#include "tracker.h"

namespace softmetal {

class EncoderRun {
 public:
  EncoderRun(EncoderRecord &encoder, CommandBufferRecord &buffer, bool track, std::mt19937_64 &random);
  void run();

 private:
  struct Job {
    const Command *command = nullptr;
    std::vector<std::size_t> after;
    std::vector<std::pair<std::shared_ptr<Memory>, std::uint64_t>> epochs;
    // of a dispatch that has begun
    bool begun = false;
    unsigned long next = 0, groups = 0, stride = 1, first = 0;
    std::vector<void *> buffers, threadgroups;
    std::vector<std::string> threadgroupMemory;
    std::unique_ptr<CommandTracker> tracker;
  };

  void plan();
  bool begin(Job &job);
  void step(Job &job, unsigned long most);
  void end(Job &job);
  void transfer(Job &job);
  void fail(const std::string &text);
  std::string name(const Command &command) const;
  /** What stands at an index of the argument table; nothing beyond what was set. */
  Binding bindingAt(const Command &command, unsigned index) const;
  std::shared_ptr<Memory> memoryAt(const Command &command, unsigned index) const;
  /** Of what it binds; what is freed is left out. */
  std::vector<std::shared_ptr<Memory>> memoryOf(const Command &command) const;

  EncoderRecord &encoder_;
  CommandBufferRecord &buffer_;
  const bool track_;
  std::mt19937_64 &random_;
  std::vector<Job> jobs_;
};

}  // namespace softmetal
