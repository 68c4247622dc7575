// The addon: one class. Everything of Metal that is not a device, memory, a pipeline, a submission or a
// capture stays inside.
#include "device.h"

#ifdef WICK_BENCH
#include "bench.h"
#endif

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("Device", wick::Device::define(env));
#ifdef WICK_BENCH
  wick::defineBench(env, exports);
#endif
  return exports;
}

NODE_API_MODULE(wick_metal, initialize)
