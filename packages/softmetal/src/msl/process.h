/** Runs a program and keeps what it prints. */
#pragma once
#include <string>
#include <vector>

namespace softmetal {

struct ProcessResult {
  int status = -1;
  std::string output;
  std::string errors;
};

/** Runs `arguments[0]` from PATH in `folder`. Throws std::runtime_error when it cannot be started. */
ProcessResult runProcess(const std::vector<std::string> &arguments, const std::string &folder);

}  // namespace softmetal
