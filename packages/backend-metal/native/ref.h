// A strong reference to an Objective-C object, for code that is built without ARC.
#pragma once

#import <Foundation/Foundation.h>

#include <utility>

namespace wick {

template <typename T>
class Ref {
 public:
  Ref() = default;
  // Takes over the reference that a `new...` or `alloc` method returned.
  static Ref adopt(T object) { return Ref(object); }
  // Adds a reference to an object that somebody else owns, or an autorelease pool does.
  static Ref share(T object) { return Ref([object retain]); }

  Ref(const Ref& other) : object_([other.object_ retain]) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nil)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { [object_ release]; }

  T get() const { return object_; }
  explicit operator bool() const { return object_ != nil; }

 private:
  explicit Ref(T object) : object_(object) {}

  T object_ = nil;
};

}  // namespace wick
