#include "settings.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace softmetal {

namespace {
bool isOff(const char *name) {
  const char *value = std::getenv(name);
  return value != nullptr && std::string(value) == "0";
}
constexpr int deviceRemoved = 11;
}  // namespace

Settings &Settings::shared() {
  static Settings *const settings = new Settings();
  return *settings;
}

std::uint64_t Settings::seed() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const char *chosen = std::getenv("SOFTMETAL_SEED");
  const std::string text = chosen == nullptr ? "" : chosen;
  if (!seeded_ || text != seedText_) {
    seedText_ = text;
    seed_ = chosen != nullptr ? std::strtoull(chosen, nullptr, 10)
                              : static_cast<std::uint64_t>(
                                    std::chrono::steady_clock::now().time_since_epoch().count() % 1000000);
    seeded_ = true;
  }
  return seed_;
}

void Settings::setSeed(std::uint64_t seed) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const char *chosen = std::getenv("SOFTMETAL_SEED");
  seedText_ = chosen == nullptr ? "" : chosen;
  seed_ = seed;
  seeded_ = true;
}

bool Settings::track() const { return !isOff("SOFTMETAL_TRACK"); }
bool Settings::execute() const { return !isOff("SOFTMETAL_EXECUTE"); }

std::chrono::milliseconds Settings::latency() const {
  const char *value = std::getenv("SOFTMETAL_LATENCY");
  return std::chrono::milliseconds(value == nullptr ? 0 : std::strtoul(value, nullptr, 10));
}

void Settings::reread() {
  const char *value = std::getenv("SOFTMETAL_FAIL");
  const std::string text = value == nullptr ? "" : value;
  if (text == text_) return;
  text_ = text;
  failures_.clear();
  removed_ = false;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    Failure failure;
    char what[32] = "";
    std::sscanf(part.c_str(), "%31[a-z]:%u:%d", what, &failure.number, &failure.code);
    failure.what = what;
    failures_.push_back(failure);
  }
}

bool Settings::fails(const std::string &what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  reread();
  bool now = false;
  for (auto &f : failures_)
    if (f.what == what && (f.number == 0 || ++f.seen == f.number)) now = true;
  return now;
}

int Settings::commitError() {
  const std::lock_guard<std::mutex> lock(mutex_);
  reread();
  int code = removed_ ? deviceRemoved : 0;
  for (auto &f : failures_) {
    if (f.what == "commit" && ++f.seen == f.number) code = f.code;
    if (f.what == "remove" && ++f.seen == f.number) {
      removed_ = true;
      code = deviceRemoved;
    }
  }
  return code;
}

}  // namespace softmetal
