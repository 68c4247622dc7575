/**
 * Who touched which bytes. Each command keeps exact sets of the bytes that it read and wrote; when it
 * ends, they are compared with those of every command that may run at the same time.
 */
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "commands.h"

namespace softmetal {

/** Bytes of one buffer, in chunks made on first use. */
class ByteSets {
 public:
  explicit ByteSets(std::size_t length);
  void add(std::size_t offset, std::size_t bytes, unsigned kind);
  /** The first byte where this and the other conflict, and one past the last; false without one. */
  bool conflict(const ByteSets &other, std::size_t &first, std::size_t &last) const;
  bool wrote(std::size_t offset) const;
  bool writes() const { return writes_; }

 private:
  static constexpr std::size_t chunkBytes = 4096;
  struct Chunk {
    std::uint64_t read[chunkBytes / 64] = {};
    std::uint64_t write[chunkBytes / 64] = {};
    std::uint64_t atomic[chunkBytes / 64] = {};
  };
  std::vector<std::unique_ptr<Chunk>> chunks_;
  bool writes_ = false;
};

/** One command's accesses to one buffer. */
struct Access {
  std::string command;
  std::shared_ptr<EncoderOrder> encoder;
  /** Barriers of its encoder on this buffer before it; counts every command where the encoder is serial. */
  std::uint64_t epoch = 0;
  ByteSets bytes;
};

struct AccessLog {
  std::vector<std::shared_ptr<Access>> accesses;
};

/** Follows one command that runs. */
class CommandTracker {
 public:
  CommandTracker(std::string name, std::shared_ptr<EncoderOrder> encoder);
  /** Lets the command use this memory from `offset` on. */
  void bind(const std::shared_ptr<Memory> &memory, std::size_t offset, std::uint64_t epoch, bool writable);
  void access(const void *address, std::size_t bytes, unsigned kind);
  /** Compares with what may run at the same time, and keeps the sets. Returns what was found. */
  std::vector<std::string> finish();

 private:
  struct Bound {
    std::shared_ptr<Memory> memory;
    std::size_t offset;
    bool writable;
    bool reported = false;
    std::shared_ptr<Access> access;
  };
  void problem(const std::string &text);
  std::string name_;
  std::shared_ptr<EncoderOrder> encoder_;
  std::vector<Bound> bound_;
  Bound *last_ = nullptr;
  bool strayed_ = false;
  std::vector<std::string> problems_;
};

/** Whether a command of this command buffer wrote the byte at `offset`. */
bool writtenBy(const Memory &memory, std::uint64_t commandBuffer, std::size_t offset);

/** Forgets accesses that everything from now on comes after. */
void forgetBefore(Memory &memory, std::uint64_t completed);

}  // namespace softmetal
