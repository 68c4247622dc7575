/**
 * What tests choose, by environment variables that are read when they matter:
 *
 *   SOFTMETAL_SEED=N     the order of dispatches and threadgroups (otherwise from the clock; reports name it)
 *   SOFTMETAL_TRACK=0    no tracking of accesses: no races, no bounds, several times faster
 *   SOFTMETAL_EXECUTE=0  command buffers complete without running, to measure what encoding costs
 *   SOFTMETAL_LATENCY=MS the host hears of the end of a command buffer that many milliseconds late
 *   SOFTMETAL_FAIL=...   fails on command, separated by commas; N counts from 1 since the text last changed
 *     allocation:N  library:N  pipeline:N   the Nth such call gives nil
 *     commit:N:CODE                         the Nth committed command buffer ends with this error
 *     remove:N                              the device is removed when the Nth command buffer is committed
 *     capture                               captures are not permitted
 */
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace softmetal {

class Settings {
 public:
  static Settings &shared();
  std::uint64_t seed();
  /** Replaces the seed of the environment, from the next command buffer on, until that one changes. */
  void setSeed(std::uint64_t seed);
  bool track() const;
  bool execute() const;
  std::chrono::milliseconds latency() const;

  /** Whether the call that is made now is one that has to fail. Counts the calls. */
  bool fails(const std::string &what);
  /** The error code for the command buffer that is committed now; 0 for none. */
  int commitError();
  bool removed() const { return removed_; }

 private:
  struct Failure {
    std::string what;
    unsigned number = 0;
    int code = 0;
    unsigned seen = 0;
  };
  void reread();
  std::mutex mutex_;
  std::string text_;
  std::vector<Failure> failures_;
  bool removed_ = false;
  bool seeded_ = false;
  std::string seedText_;
  std::uint64_t seed_ = 0;
};

}  // namespace softmetal
