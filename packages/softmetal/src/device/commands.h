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
#include "label.h"
#include "memory.h"

namespace softmetal {

constexpr unsigned slots = 31;

/** A buffer as a command buffer names it. Without retained references it is not kept alive. */
struct MemoryRef {
  std::shared_ptr<Memory> strong;
  std::weak_ptr<Memory> weak;
  std::shared_ptr<Memory> lock() const { return strong ? strong : weak.lock(); }
};

/** What stands at an index of the argument table. */
struct Binding {
  enum class Kind : std::uint32_t { none, buffer, bytes };
  Kind kind = Kind::none;
  /** buffer: which of the command buffer's `memories`. */
  std::uint32_t memory = 0;
  /** In the buffer, or in the encoder's `bytes`. */
  std::size_t offset = 0;
  /** bytes: how many. */
  std::size_t length = 0;
};

using ThreadgroupMemory = std::array<std::size_t, slots>;

/** Small, and without anything of its own to allocate: encoding is cheap on Metal, so it has to be here. */
struct Command {
  enum class Kind : std::uint32_t { dispatch, copy, fill, barrier };
  Kind kind = Kind::dispatch;
  /** Which of the encoder's `labels`. */
  std::uint32_t label = 0;
  /**
   * Which of the encoder's `bindings`. dispatch: the argument table from 0 on. copy: source and target.
   * fill: target. barrier: the buffers that it names.
   */
  std::uint32_t first = 0, count = 0;
  // dispatch
  Program *program = nullptr;
  /** Which of the encoder's `threadgroupMemory`. */
  std::uint32_t threadgroupMemory = 0;
  Grid grid;
  // copy, fill
  std::size_t length = 0;
  unsigned char value = 0;
  /** barrier: on everything. */
  bool everything = false;
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

/** What grows with every command of an encoder. The next encoder takes over the room of an earlier one. */
struct CommandList {
  std::vector<Command> commands;
  std::vector<Binding> bindings;
  /** What `setBytes:` was given, each at a multiple of 16. */
  std::vector<char> bytes;
  /** The first is empty. */
  std::vector<Label> labels;
  /** Which of `labels` are signposts. */
  std::vector<std::uint32_t> signposts;

  void clear() {
    commands.clear();
    bindings.clear();
    bytes.clear();
    labels.clear();
    signposts.clear();
  }
};

class CommandLists {
 public:
  static CommandLists &shared();
  CommandList take();
  void give(CommandList list);

 private:
  std::mutex mutex_;
  std::vector<CommandList> idle_;
};

struct EncoderRecord : CommandList {
  EncoderRecord() : CommandList(CommandLists::shared().take()) { labels.emplace_back(); }
  std::string label;
  bool compute = true;
  bool concurrent = false;
  bool ended = false;
  std::vector<std::shared_ptr<Program>> programs;
  /** The first is that of dispatches which have none. */
  std::vector<ThreadgroupMemory> threadgroupMemory{ThreadgroupMemory{}};
  std::vector<std::shared_ptr<FenceState>> waits, updates;
  std::shared_ptr<EncoderOrder> order;
  enum class State { pending, completed, affected, faulted };
  State state = State::pending;
};

struct CommandBufferRecord {
  std::string label;
  /** Every buffer that its encoders name, once. */
  std::vector<MemoryRef> memories;
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
  /** Gives back what it holds. */
  void release() {
    memories.clear();
    for (auto &encoder : encoders) {
      CommandLists::shared().give(std::move(*encoder));
      encoder->programs.clear();
    }
  }
  void fail(int code, const std::string &text) {
    if (error == 0) {
      error = code;
      message = text;
    }
  }
};

}  // namespace softmetal
