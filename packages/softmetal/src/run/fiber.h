/** Fibers: functions with a stack of their own that hand control over by themselves. */
#pragma once
#include <cstddef>
#include <memory>

namespace softmetal {

/** One stack. Whoever resumes a fiber waits until it suspends or ends. */
class Fiber {
 public:
  explicit Fiber(std::size_t stackBytes);
  ~Fiber();
  Fiber(const Fiber &) = delete;
  Fiber &operator=(const Fiber &) = delete;

  /** Makes `body(argument)` what the next `resume` begins. Only when the fiber has ended or never ran. */
  void prepare(void (*body)(void *), void *argument);
  /** Runs until the body suspends or returns; true while there is more to run. */
  bool resume();
  /** Called inside of the body: back to whoever resumed. */
  void suspend();

 private:
  struct Context;
  static void enter();
  std::unique_ptr<Context> context_;
};

}  // namespace softmetal
