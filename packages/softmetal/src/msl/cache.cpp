#include "cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace softmetal {

namespace fs = std::filesystem;

namespace {
constexpr std::uintmax_t mostBytes = 512u << 20;
constexpr std::size_t mostFiles = 8000;
}  // namespace

Cache::Cache() {
  if (const char *chosen = std::getenv("SOFTMETAL_CACHE"); chosen != nullptr && *chosen != '\0') {
    folder_ = fs::absolute(chosen).string();
  } else if (const char *xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg != '\0') {
    folder_ = std::string(xdg) + "/softmetal";
  } else if (const char *home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    folder_ = std::string(home) + "/.cache/softmetal";
  } else {
    folder_ = (fs::temp_directory_path() / ("softmetal-" + std::to_string(getuid()))).string();
  }
  fs::create_directories(folder_);
}

std::string Cache::path(const std::string &text, const std::string &ending) const {
  return folder_ + "/" + contentHash(text) + ending;
}

std::string Cache::scratch() const {
  std::string folder = folder_ + "/make-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot write to " + folder_);
  return folder;
}

void Cache::keep(const std::string &made, const std::string &path) const {
  fs::rename(made, path);
  static std::atomic<unsigned> kept{0};
  if (kept++ % 64 == 0) prune();
}

bool Cache::exists(const std::string &path) {
  if (access(path.c_str(), R_OK) != 0) return false;
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // the time of a file is that of its last use
  return true;
}

std::string Cache::read(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void Cache::write(const std::string &path, const std::string &text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

void Cache::prune() const {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    std::uintmax_t bytes;
  };
  std::vector<Entry> entries;
  std::uintmax_t total = 0;
  std::error_code ignored;
  for (const auto &e : fs::directory_iterator(folder_, ignored)) {
    // Scratch folders are removed by who made them; one this old was left by a process that was killed.
    if (e.path().filename().string().rfind("make-", 0) == 0 &&
        fs::file_time_type::clock::now() - e.last_write_time(ignored) > std::chrono::hours(1))
      fs::remove_all(e.path(), ignored);
    if (!e.is_regular_file(ignored)) continue;
    entries.push_back({e.path(), e.last_write_time(ignored), e.file_size(ignored)});
    total += entries.back().bytes;
  }
  if (total <= mostBytes && entries.size() <= mostFiles) return;
  std::sort(entries.begin(), entries.end(), [](auto &a, auto &b) { return a.used < b.used; });
  std::size_t count = entries.size();
  for (const auto &e : entries) {
    if (total <= mostBytes / 2 && count <= mostFiles / 2) break;
    fs::remove(e.path, ignored);
    total -= e.bytes;
    count--;
  }
}

std::string contentHash(const std::string &text) {
  // FNV-1a twice, from different starts.
  std::uint64_t a = 14695981039346656037ull, b = 0x9e3779b97f4a7c15ull;
  for (const char c : text) {
    a = (a ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    b = (b ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    b ^= b >> 29;
  }
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(a),
                static_cast<unsigned long long>(b));
  return digits;
}

}  // namespace softmetal
