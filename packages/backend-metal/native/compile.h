// Compiling MSL on threads of their own: a library from its source, then pipelines from its functions.
#pragma once

#include <functional>
#include <string>

#include "metal.h"
#include "node.h"
#include "pipelines.h"

namespace wick {

// A promise of the library; rejects COMPILE_FAILED with the compiler's log.
Napi::Value compileLibrary(Napi::Env env, id<MTLDevice> device, const std::string& source, const std::string& label);

// A promise of { number, executionWidth }; `add` is called on the thread of JavaScript. `wanted` has
// entry, label, threads and constants. Rejects COMPILE_FAILED.
Napi::Value makePipeline(Napi::Env env, id<MTLDevice> device, const Napi::Value& library, Napi::Object wanted,
                         Napi::Object owner, std::function<uint32_t(Pipeline)> add);

}  // namespace wick
