// Only in builds for the benchmark of encoding: a command encoder that JavaScript drives, one call for
// each method of Metal. What the backend loads has none of it.
#pragma once

#include "node.h"

namespace wick {

void defineBench(Napi::Env env, Napi::Object exports);

}  // namespace wick
