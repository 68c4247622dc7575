#include "threadgroup.h"

#include <algorithm>
#include <cstring>

namespace softmetal {

namespace {
constexpr std::size_t stackBytes = 256 * 1024;
thread_local ThreadgroupRunner *active = nullptr;

void set(unsigned (&to)[3], unsigned x, unsigned y = 1, unsigned z = 1) {
  to[0] = x;
  to[1] = y;
  to[2] = z;
}
void set(unsigned (&to)[3], Size3 size) { set(to, size.x, size.y, size.z); }

unsigned edge(unsigned position, unsigned whole, unsigned all) {
  const unsigned long begin = 1ul * position * whole;
  return static_cast<unsigned>(std::min<unsigned long>(whole, all - begin));
}
}  // namespace

ThreadgroupRunner::ThreadgroupRunner(std::function<void(const std::string &)> report)
    : report_(std::move(report)) {}

void ThreadgroupRunner::run(SmKernel *kernel, void *const *buffers, void *const *threadgroups,
                            const Grid &grid, Size3 position, std::uint64_t order) {
  kernel_ = kernel;
  buffers_ = buffers;
  threadgroups_ = threadgroups;
  size_ = {edge(position.x, grid.threadgroup.x, grid.threads.x),
           edge(position.y, grid.threadgroup.y, grid.threads.y),
           edge(position.z, grid.threadgroup.z, grid.threads.z)};
  count_ = static_cast<unsigned>(size_.product());
  set(base_.threads_per_threadgroup, size_);
  set(base_.dispatch_threads_per_threadgroup, grid.threadgroup);
  set(base_.threadgroups_per_grid, grid.threadgroups);
  set(base_.threads_per_grid, grid.threads);
  set(base_.threads_per_simdgroup, simdWidth);
  set(base_.threadgroup_position_in_grid, position);
  set(base_.thread_position_in_grid, position.x * grid.threadgroup.x, position.y * grid.threadgroup.y,
      position.z * grid.threadgroup.z);
  const unsigned groups = (count_ + simdWidth - 1) / simdWidth;
  set(base_.simdgroups_per_threadgroup, groups);

  if (lanes_.size() < count_) {
    lanes_.resize(count_);
    carrier_.resize(count_);
  }
  if (groups_.size() < groups) groups_.resize(groups);
  for (unsigned i = 0; i < count_; i++) lanes_[i].state = State::ready;
  for (unsigned i = 0; i < count_; i++) carrier_[i] = nullptr;

  ThreadgroupRunner *const outer = active;
  active = this;
  bool alive = true;
  while (alive) {
    const auto first = static_cast<unsigned>(order % groups);
    for (unsigned i = 0; i < groups; i++) runGroup((first + i) % groups);
    alive = settleBarrier();
  }
  active = outer;
}

/** Runs the threads of a SIMD group until each has ended or waits for the threadgroup. */
void ThreadgroupRunner::runGroup(unsigned group) {
  const unsigned begin = group * simdWidth;
  groupEnd_ = std::min(count_, begin + simdWidth);
  do {
    for (unsigned i = begin; i < groupEnd_; i++) {
      if (lanes_[i].state != State::ready) continue;
      Worker *worker = carrier_[i];
      if (worker == nullptr) {
        worker = &idleWorker();
        worker->current = i;
        worker->fiber->prepare(&ThreadgroupRunner::work, worker);
      }
      running_ = worker->current;
      if (!worker->fiber->resume()) idle_.push_back(worker);
    }
  } while (settleGroup(group));
}

/** Lets the lanes that wait for each other go on; false when none of the group does. */
bool ThreadgroupRunner::settleGroup(unsigned group) {
  const unsigned begin = group * simdWidth;
  const unsigned end = std::min(count_, begin + simdWidth);
  const void *site = nullptr;
  bool diverged = false;
  for (unsigned i = begin; i < end; i++) {
    if (lanes_[i].state != State::inGroup) continue;
    if (site != nullptr && site != lanes_[i].site) diverged = true;
    // Lanes that went apart meet again further on, so what stands first in the program runs first.
    if (site == nullptr || lanes_[i].site < site) site = lanes_[i].site;
  }
  if (site == nullptr) return false;
  SimdGroup &state = groups_[group];
  SmLanes &given = state.buffers[state.given];
  SmLanes &result = state.buffers[state.given ^ 1];
  unsigned mask = 0;
  for (unsigned i = begin; i < end; i++) {
    Lane &lane = lanes_[i];
    if (lane.state != State::inGroup || lane.site != site) continue;
    mask |= 1u << (i - begin);
    lane.state = State::ready;
    if (diverged) std::memcpy(result.value[i - begin], given.value[i - begin], sizeof given.value[0]);
  }
  // Every released lane reads the result before the group can settle again, so two buffers are enough.
  if (!diverged) state.given ^= 1;
  state.buffers[state.given ^ 1].active = mask;
  return true;
}

bool ThreadgroupRunner::settleBarrier() {
  unsigned waiting = 0;
  const void *site = nullptr;
  bool same = true;
  for (unsigned i = 0; i < count_; i++) {
    if (lanes_[i].state != State::atBarrier) continue;
    if (waiting++ > 0 && lanes_[i].site != site) same = false;
    site = lanes_[i].site;
    lanes_[i].state = State::ready;
  }
  if (waiting == 0) return false;
  if (waiting < count_) {
    report_("threadgroup_barrier was reached by " + std::to_string(waiting) + " of " +
            std::to_string(count_) + " threads of a threadgroup; the others had ended");
  } else if (!same) {
    report_("threads of one threadgroup wait at different calls of threadgroup_barrier");
  }
  return true;
}

ThreadgroupRunner::Worker &ThreadgroupRunner::idleWorker() {
  if (idle_.empty()) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->fiber = std::make_unique<Fiber>(stackBytes);
    workers_.back()->runner = this;
    return *workers_.back();
  }
  Worker &worker = *idle_.back();
  idle_.pop_back();
  return worker;
}

/** Body of a fiber: one thread after another, as long as none has been begun by another fiber. */
void ThreadgroupRunner::work(void *argument) {
  Worker &worker = *static_cast<Worker *>(argument);
  ThreadgroupRunner &self = *worker.runner;
  for (;;) {
    const unsigned index = worker.current;
    self.carrier_[index] = &worker;
    self.running_ = index;
    self.place(index);
    self.kernel_(self.buffers_, self.threadgroups_, &self.lanes_[index].thread);
    self.lanes_[index].state = State::ended;
    const unsigned next = index + 1;
    if (next >= self.groupEnd_ || self.lanes_[next].state != State::ready || self.carrier_[next] != nullptr)
      return;
    worker.current = next;
  }
}

void ThreadgroupRunner::place(unsigned index) {
  SmThread &thread = lanes_[index].thread;
  thread = base_;
  const unsigned x = index % size_.x, y = index / size_.x % size_.y, z = index / (size_.x * size_.y);
  set(thread.thread_position_in_threadgroup, x, y, z);
  thread.thread_position_in_grid[0] += x;
  thread.thread_position_in_grid[1] += y;
  thread.thread_position_in_grid[2] += z;
  set(thread.thread_index_in_threadgroup, index);
  set(thread.thread_index_in_simdgroup, index % simdWidth);
  set(thread.simdgroup_index_in_threadgroup, index / simdWidth);
}

void ThreadgroupRunner::threadgroupBarrier(const void *site) {
  ThreadgroupRunner &self = *active;
  const unsigned index = self.running_;
  self.lanes_[index].state = State::atBarrier;
  self.lanes_[index].site = site;
  self.carrier_[index]->fiber->suspend();
}

const SmLanes *ThreadgroupRunner::collect(const void *value, unsigned bytes, const void *site) {
  ThreadgroupRunner &self = *active;
  const unsigned index = self.running_;
  SimdGroup &group = self.groups_[index / simdWidth];
  std::memcpy(group.buffers[group.given].value[index % simdWidth], value, bytes);
  self.lanes_[index].state = State::inGroup;
  self.lanes_[index].site = site;
  self.carrier_[index]->fiber->suspend();
  return &group.buffers[group.given ^ 1];
}

unsigned ThreadgroupRunner::lane() { return active->running_ % simdWidth; }

}  // namespace softmetal
