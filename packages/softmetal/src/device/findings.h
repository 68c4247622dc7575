/** What softmetal finds wrong with a program that uses Metal. */
#pragma once
#include <mutex>
#include <string>
#include <vector>

namespace softmetal {

class Findings {
 public:
  static Findings &shared();
  /** Keeps it, and prints it with the seed. */
  void add(const std::string &text);
  std::vector<std::string> take();

 private:
  std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace softmetal
