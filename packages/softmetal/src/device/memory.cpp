#include "memory.h"

#include <sys/mman.h>

#include <cstring>
#include <iterator>
#include <stdexcept>

#include "tracker.h"

namespace softmetal {

namespace {
constexpr std::size_t pageBytes = 16384;  // as on Apple silicon
std::size_t pagesOf(std::size_t length) { return (length + pageBytes - 1) / pageBytes; }
}  // namespace

Memory::Memory(char *begin, std::size_t byteLength, bool isTracked, bool isShared)
    : base(begin),
      length(byteLength),
      tracked(isTracked),
      shared(isShared),
      log(std::make_unique<AccessLog>()) {
  std::memset(base, 0xff, length);  // NaN as float, half and bfloat; -1 as an integer
}

Memory::~Memory() { Arena::shared().release(*this); }

std::string Memory::name() const {
  return label.empty() ? "a buffer of " + std::to_string(length) + " bytes" : "'" + label + "'";
}

Arena &Arena::shared() {
  static Arena *const arena = new Arena();  // never destroyed: kernels may run while the process exits
  return *arena;
}

Arena::Arena() {
  for (bytes_ = std::size_t{64} << 30; bytes_ >= std::size_t{1} << 30; bytes_ /= 2) {
    void *mapping =
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) continue;
    base_ = static_cast<char *>(mapping);
    const std::size_t pages = bytes_ / pageBytes;
    owners_ = std::make_unique<std::atomic<Memory *>[]>(pages);
    free_[0] = pages;
    return;
  }
  throw std::runtime_error("softmetal: no address space for device memory");
}

std::shared_ptr<Memory> Arena::allocate(std::size_t length, bool tracked, bool isShared) {
  if (length == 0 || length > mostBytes) return nullptr;
  const std::size_t pages = pagesOf(length) + 1;  // one stays unowned
  std::size_t begin = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto range = free_.begin();
    while (range != free_.end() && range->second < pages) ++range;
    if (range == free_.end()) return nullptr;
    begin = range->first;
    const std::size_t left = range->second - pages;
    free_.erase(range);
    if (left > 0) free_[begin + pages] = left;
  }
  auto memory = std::make_shared<Memory>(base_ + begin * pageBytes, length, tracked, isShared);
  for (std::size_t i = 0; i + 1 < pages; i++)
    owners_[begin + i].store(memory.get(), std::memory_order_relaxed);
  allocated_ += length;
  return memory;
}

Memory *Arena::owner(const void *address) const {
  return owners_[static_cast<std::size_t>(static_cast<const char *>(address) - base_) / pageBytes].load(
      std::memory_order_relaxed);
}

void Arena::release(Memory &memory) {
  const std::size_t pages = pagesOf(memory.length) + 1;
  const std::size_t begin = static_cast<std::size_t>(memory.base - base_) / pageBytes;
  for (std::size_t i = 0; i + 1 < pages; i++) owners_[begin + i].store(nullptr, std::memory_order_relaxed);
  madvise(memory.base, pages * pageBytes, MADV_DONTNEED);
  allocated_ -= memory.length;
  const std::lock_guard<std::mutex> lock(mutex_);
  auto after = free_.emplace(begin, pages).first;
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == begin) {
      before->second += after->second;
      free_.erase(after);
      after = before;
    }
  }
  const auto next = std::next(after);
  if (next != free_.end() && after->first + after->second == next->first) {
    after->second += next->second;
    free_.erase(next);
  }
}

}  // namespace softmetal
