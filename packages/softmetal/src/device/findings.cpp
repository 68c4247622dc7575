#include "findings.h"

#include <cstdio>
#include <cstdlib>

#include "settings.h"

namespace softmetal {

namespace {
constexpr std::size_t most = 1000;
}

Findings &Findings::shared() {
  static Findings *const findings = new Findings();
  return *findings;
}

void Findings::add(const std::string &text) {
  const std::uint64_t seed = Settings::shared().seed();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (texts_.size() >= most) return;
  texts_.push_back(text);
  const char *quiet = std::getenv("SOFTMETAL_QUIET");
  if (quiet == nullptr)
    std::fprintf(stderr, "softmetal (SOFTMETAL_SEED=%llu): %s\n", static_cast<unsigned long long>(seed),
                 text.c_str());
}

std::vector<std::string> Findings::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::move(texts_);
}

}  // namespace softmetal
