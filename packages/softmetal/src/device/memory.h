/** Device memory: ranges of one arena, so that an address tells whose it is. */
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace softmetal {

struct AccessLog;

/** One buffer's memory. Filled with NaN when it is made, and given back when nothing holds it. */
struct Memory {
  Memory(char *begin, std::size_t byteLength, bool isTracked, bool isShared);
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  char *const base;
  const std::size_t length;
  /** Metal orders whole passes that use it. */
  const bool tracked;
  /** The host can reach it. */
  const bool shared;
  /** Copied from the buffer, for reports. */
  std::string label;
  /** Who accessed it, as long as a later access could race with them. */
  std::unique_ptr<AccessLog> log;
  /** Rises with each command buffer that wrote it. */
  std::uint64_t version = 0;
  /** How reports call it. */
  std::string name() const;
};

class Arena {
 public:
  static Arena &shared();
  /** nullptr when there is no room. */
  std::shared_ptr<Memory> allocate(std::size_t length, bool tracked, bool isShared);
  /** Whose page an address lies in; nullptr between buffers. Valid while the memory is held. */
  Memory *owner(const void *address) const;
  char *base() const { return base_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t allocated() const { return allocated_; }
  /** Most that one buffer may have. */
  static constexpr std::size_t mostBytes = std::size_t{8} << 30;

 private:
  friend struct Memory;
  Arena();
  void release(Memory &memory);
  std::mutex mutex_;
  char *base_ = nullptr;
  std::size_t bytes_ = 0;
  std::atomic<std::size_t> allocated_{0};
  /** Free ranges of pages: begin to count. */
  std::map<std::size_t, std::size_t> free_;
  std::unique_ptr<std::atomic<Memory *>[]> owners_;
};

}  // namespace softmetal
