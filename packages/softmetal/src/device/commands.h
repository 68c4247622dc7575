/** What encoders record and the executor runs: plain data. */
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../msl/compiler.h"
#include "../run/threadgroup.h"
#include "memory.h"

namespace softmetal {

constexpr unsigned slots = 31;

/** A buffer as a command names it. Without retained references the command does not keep it alive. */
struct MemoryRef {
  std::shared_ptr<Memory> strong;
  std::weak_ptr<Memory> weak;
  std::shared_ptr<Memory> lock() const { return strong ? strong : weak.lock(); }
};

struct Binding {
  enum class Kind { none, buffer, bytes };
  Kind kind = Kind::none;
  MemoryRef memory;
  std::size_t offset = 0;
  std::string bytes;
};

struct Command {
  enum class Kind { dispatch, copy, fill, barrier };
  Kind kind = Kind::dispatch;
  std::string label;
  // dispatch
  std::shared_ptr<Program> program;
  std::vector<Binding> bindings;
  std::array<std::size_t, slots> threadgroupMemory{};
  Grid grid;
  // copy from `source` to `target`; fill of `target` with `value`
  Binding source, target;
  std::size_t length = 0;
  unsigned char value = 0;
  // barrier: on everything, or on these
  bool everything = false;
  std::vector<MemoryRef> resources;
};

/** Where an encoder stands in the order of all committed encoders. */
struct EncoderOrder {
  std::uint64_t id = 0;
  std::uint64_t commandBuffer = 0;
  /** Command buffers up to this one had completed when this encoder's was committed. */
  std::uint64_t completed = 0;
  /** Encoders that fences put before this one, of command buffers after `completed`. */
  std::unordered_set<std::uint64_t> before;
  std::string label;
};

struct FenceState {
  std::mutex mutex;
  std::shared_ptr<EncoderOrder> updated;
  std::string label;
};

struct EncoderRecord {
  std::string label;
  bool compute = true;
  bool concurrent = false;
  bool ended = false;
  std::vector<Command> commands;
  std::vector<std::string> signposts;
  std::vector<std::shared_ptr<FenceState>> waits, updates;
  std::shared_ptr<EncoderOrder> order;
  enum class State { pending, completed, affected, faulted };
  State state = State::pending;
};

struct CommandBufferRecord {
  std::string label;
  std::uint64_t serial = 0;
  std::vector<std::shared_ptr<EncoderRecord>> encoders;
  /** Set at commit: the error that it has to end with. */
  int error = 0;
  std::string message;
  double start = 0, end = 0;
  /** A capture ran when it was made. */
  bool captured = false;
  std::function<void()> scheduled, completed;
  /** Shared memory that it names, with the content at the commit. */
  struct Snapshot {
    std::weak_ptr<Memory> memory;
    std::uint64_t version;
    std::string bytes;
  };
  std::vector<Snapshot> snapshots;
  void fail(int code, const std::string &text) {
    if (error == 0) {
      error = code;
      message = text;
    }
  }
};

}  // namespace softmetal
