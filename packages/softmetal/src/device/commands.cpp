#include "commands.h"

namespace softmetal {

namespace {
constexpr std::size_t mostIdle = 4;
}

CommandLists &CommandLists::shared() {
  static CommandLists *const lists = new CommandLists();
  return *lists;
}

CommandList CommandLists::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) return {};
  CommandList list = std::move(idle_.back());
  idle_.pop_back();
  return list;
}

void CommandLists::give(CommandList list) {
  list.clear();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() < mostIdle) idle_.push_back(std::move(list));
}

}  // namespace softmetal
