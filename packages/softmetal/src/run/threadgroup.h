/** Runs the threads of a threadgroup, and makes them wait for each other where the kernel says so. */
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../../msl/softmetal/abi.h"
#include "fiber.h"

namespace softmetal {

constexpr unsigned simdWidth = 32;

struct Size3 {
  unsigned x = 1, y = 1, z = 1;
  unsigned long product() const { return 1ul * x * y * z; }
};

/** A dispatch as its threadgroups see it. */
struct Grid {
  Size3 threads;       // of the whole grid
  Size3 threadgroup;   // threads of a whole threadgroup; those at the edges may be smaller
  Size3 threadgroups;  // of the whole grid
};

/** Runs one threadgroup after another, on one thread of the host. Keeps its fibers. */
class ThreadgroupRunner {
 public:
  /** `report` is told what the kernel does that Metal leaves undefined. */
  explicit ThreadgroupRunner(std::function<void(const std::string &)> report);

  /** Runs the threadgroup at `position`. `order` decides the order of its SIMD groups. */
  void run(SmKernel *kernel, void *const *buffers, void *const *threadgroups, const Grid &grid,
           Size3 position, std::uint64_t order);

  /** What kernels call. Valid inside of `run`. */
  static void threadgroupBarrier(const void *site);
  static const SmLanes *collect(const void *value, unsigned bytes, const void *site);
  static unsigned lane();

 private:
  enum class State : unsigned char { ready, atBarrier, inGroup, ended };
  struct Lane {
    State state = State::ended;
    Fiber *fiber = nullptr;
    const void *site = nullptr;
    SmThread thread;
  };
  struct SimdGroup {
    SmLanes buffers[2];
    unsigned given = 0;  // the buffer that lanes write into; the other holds the last operation
  };
  /** A fiber and whose thread it carries: one fiber goes on to the next thread when none has to wait. */
  struct Worker {
    std::unique_ptr<Fiber> fiber;
    ThreadgroupRunner *runner = nullptr;
    unsigned current = 0;
  };

  static void work(void *worker);
  void place(unsigned index);
  void runGroup(unsigned group);
  bool settleGroup(unsigned group);
  bool settleBarrier();
  Worker &idleWorker();

  std::function<void(const std::string &)> report_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker *> idle_;
  std::vector<Worker *> carrier_;
  std::vector<Lane> lanes_;
  std::vector<SimdGroup> groups_;
  SmKernel *kernel_ = nullptr;
  void *const *buffers_ = nullptr;
  void *const *threadgroups_ = nullptr;
  SmThread base_;
  Size3 size_;
  unsigned count_ = 0;
  unsigned running_ = 0;
  unsigned groupEnd_ = 0;
};

}  // namespace softmetal
