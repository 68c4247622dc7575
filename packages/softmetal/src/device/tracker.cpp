#include "tracker.h"

#include <algorithm>

namespace softmetal {

ByteSets::ByteSets(std::size_t length) : chunks_((length + chunkBytes - 1) / chunkBytes) {}

void ByteSets::add(std::size_t offset, std::size_t bytes, unsigned kind) {
  if (kind != SmRead) writes_ = true;
  while (bytes > 0) {
    auto &chunk = chunks_[offset / chunkBytes];
    if (!chunk) chunk = std::make_unique<Chunk>();
    const std::size_t at = offset % chunkBytes, bit = at % 64;
    const std::size_t count = std::min<std::size_t>(bytes, 64 - bit);
    const std::uint64_t mask = (count == 64 ? ~0ull : (1ull << count) - 1) << bit;
    auto &set = kind == SmRead ? chunk->read : kind == SmWrite ? chunk->write : chunk->atomic;
    set[at / 64] |= mask;
    offset += count;
    bytes -= count;
  }
}

bool ByteSets::conflict(const ByteSets &other, std::size_t &first, std::size_t &last) const {
  bool found = false;
  if (!writes_ && !other.writes_) return false;
  for (std::size_t c = 0; c < chunks_.size() && c < other.chunks_.size(); c++) {
    const Chunk *a = chunks_[c].get(), *b = other.chunks_[c].get();
    if (a == nullptr || b == nullptr) continue;
    for (std::size_t w = 0; w < chunkBytes / 64; w++) {
      const std::uint64_t bits = (a->write[w] & (b->read[w] | b->write[w] | b->atomic[w])) |
                                 (b->write[w] & (a->read[w] | a->atomic[w])) | (a->atomic[w] & b->read[w]) |
                                 (b->atomic[w] & a->read[w]);
      if (bits == 0) continue;
      const std::size_t base = c * chunkBytes + w * 64;
      if (!found) first = base + static_cast<std::size_t>(__builtin_ctzll(bits));
      last = base + 64 - static_cast<std::size_t>(__builtin_clzll(bits));
      found = true;
    }
  }
  return found;
}

bool ByteSets::wrote(std::size_t offset) const {
  const Chunk *chunk = chunks_[offset / chunkBytes].get();
  if (chunk == nullptr) return false;
  const std::size_t at = offset % chunkBytes;
  return ((chunk->write[at / 64] | chunk->atomic[at / 64]) >> (at % 64) & 1) != 0;
}

CommandTracker::CommandTracker(std::string name, std::shared_ptr<EncoderOrder> encoder)
    : name_(std::move(name)), encoder_(std::move(encoder)) {}

void CommandTracker::bind(const std::shared_ptr<Memory> &memory, std::size_t offset, std::uint64_t epoch,
                          bool writable) {
  last_ = nullptr;
  for (auto &b : bound_) {
    if (b.memory != memory) continue;
    b.offset = std::min(b.offset, offset);
    b.writable = b.writable || writable;
    return;
  }
  auto access = std::make_shared<Access>(Access{name_, encoder_, epoch, ByteSets(memory->length)});
  bound_.push_back({memory, offset, writable, false, std::move(access)});
}

void CommandTracker::access(const void *address, std::size_t bytes, unsigned kind) {
  const char *const at = static_cast<const char *>(address);
  if (last_ == nullptr || at < last_->memory->base || at >= last_->memory->base + last_->memory->length) {
    Memory *const owner = Arena::shared().owner(address);
    last_ = nullptr;
    for (auto &b : bound_)
      if (b.memory.get() == owner) last_ = &b;
    if (last_ == nullptr) {
      if (strayed_) return;
      strayed_ = true;
      std::string where =
          owner == nullptr ? "outside of every buffer" : "in " + owner->name() + ", which it does not bind";
      for (auto &b : bound_) {
        const char *const end = b.memory->base + b.memory->length;
        if (at >= end && at < end + 65536)
          where += ", " + std::to_string(at - end) + " bytes past the end of " + b.memory->name();
      }
      return problem("out of bounds: " + name_ + (kind == SmRead ? " reads " : " writes ") +
                     std::to_string(bytes) + " bytes " + where);
    }
  }
  const auto offset = static_cast<std::size_t>(at - last_->memory->base);
  if (offset + bytes > last_->memory->length || offset < last_->offset) {
    if (last_->reported) return;
    last_->reported = true;
    return problem("out of bounds: " + name_ + (kind == SmRead ? " reads " : " writes ") +
                   std::to_string(bytes) + " bytes at " + std::to_string(offset) + " of " +
                   last_->memory->name() + ", which is bound from " + std::to_string(last_->offset) + " to " +
                   std::to_string(last_->memory->length));
  }
  last_->access->bytes.add(offset, bytes, kind);
}

void CommandTracker::problem(const std::string &text) { problems_.push_back(text); }

namespace {

bool ordered(const Memory &memory, const Access &earlier, const Access &later) {
  const EncoderOrder &a = *earlier.encoder, &b = *later.encoder;
  if (a.id == b.id) return earlier.epoch != later.epoch;
  return memory.tracked || a.commandBuffer <= b.completed || b.before.count(a.id) > 0;
}

}  // namespace

std::vector<std::string> CommandTracker::finish() {
  for (auto &b : bound_) {
    for (const auto &earlier : b.memory->log->accesses) {
      std::size_t first = 0, last = 0;
      if (ordered(*b.memory, *earlier, *b.access) || !earlier->bytes.conflict(b.access->bytes, first, last))
        continue;
      const std::string where = earlier->encoder->id == encoder_->id
                                    ? "in one encoder without a barrier between"
                                    : "in encoders that no fence orders";
      problem("race: " + earlier->command + " and " + name_ + " touch bytes " + std::to_string(first) +
              " to " + std::to_string(last) + " of " + b.memory->name() + ", " + where);
    }
    b.memory->log->accesses.push_back(b.access);
    if (b.access->bytes.writes()) b.memory->version++;
  }
  return std::move(problems_);
}

bool writtenBy(const Memory &memory, std::uint64_t commandBuffer, std::size_t offset) {
  const auto &all = memory.log->accesses;
  return std::any_of(all.begin(), all.end(), [&](const auto &a) {
    return a->encoder->commandBuffer == commandBuffer && a->bytes.wrote(offset);
  });
}

void forgetBefore(Memory &memory, std::uint64_t completed) {
  auto &all = memory.log->accesses;
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const auto &a) { return a->encoder->commandBuffer <= completed; }),
            all.end());
}

}  // namespace softmetal
