// Node's side of the addon. C++ exceptions are off: Objective-C++ on some runtimes cannot catch them, so
// errors are handed to JavaScript as pending exceptions.
#pragma once

#include <napi.h>

#include <string>

#import <Foundation/Foundation.h>

namespace wick {

inline NSString* toNSString(const Napi::Value& value) {
  const std::string text = value.ToString().Utf8Value();
  NSString* string = [NSString stringWithUTF8String:text.c_str()];
  return string == nil ? @"" : string;
}

// Throws an Error with a `code` of src/native.ts.
inline Napi::Value fail(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace wick
