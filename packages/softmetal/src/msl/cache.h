/** Files kept by what made them, in the user's cache folder. */
#pragma once
#include <string>

namespace softmetal {

class Cache {
 public:
  /** `SOFTMETAL_CACHE`, else `softmetal` in the XDG cache folder. */
  Cache();
  /** A path for `text` with this ending; the file may exist or not. */
  std::string path(const std::string &text, const std::string &ending) const;
  /** A new empty folder inside; the caller removes it. */
  std::string scratch() const;
  /** Moves a file made in a scratch folder to its path, and forgets what was unused longest. */
  void keep(const std::string &made, const std::string &path) const;
  static bool exists(const std::string &path);
  static std::string read(const std::string &path);
  static void write(const std::string &path, const std::string &text);

 private:
  void prune() const;
  std::string folder_;
};

/** 128 bits as hexadecimal digits. */
std::string contentHash(const std::string &text);

}  // namespace softmetal
