/** A text that the caller gave. */
#pragma once
#include <string>
#include <utility>

namespace softmetal {

/** The caller's own string object: encoding keeps it, and only who reads it makes text of it. */
class Label {
 public:
  /** What can be done with such an object; set by the part that knows Objective-C. */
  struct Calls {
    void *(*keep)(void *);
    void (*drop)(void *);
    std::string (*text)(void *);
  };
  static inline Calls calls;

  Label() = default;
  explicit Label(void *string) : string_(string == nullptr ? nullptr : calls.keep(string)) {}
  Label(Label &&other) noexcept : string_(std::exchange(other.string_, nullptr)) {}
  Label &operator=(Label &&other) noexcept {
    std::swap(string_, other.string_);
    return *this;
  }
  Label(const Label &) = delete;
  Label &operator=(const Label &) = delete;
  ~Label() {
    if (string_ != nullptr) calls.drop(string_);
  }
  std::string text() const { return string_ == nullptr ? "" : calls.text(string_); }

 private:
  void *string_ = nullptr;
};

}  // namespace softmetal
