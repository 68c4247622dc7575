#include "device.h"

#include "capture.h"
#include "compile.h"

#include <algorithm>

namespace wick {

namespace {

// How long the end of a process or a worker waits for what the GPU still does. Submissions are bounded to
// a fraction of it.
constexpr std::chrono::seconds kPatience{10};

Napi::Value describe(Napi::Env env, const Failure& failure) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", Napi::Number::New(env, static_cast<double>(failure.code)));
  object.Set("message", Napi::String::New(env, failure.message));
  Napi::Array encoders = Napi::Array::New(env, failure.encoders.size());
  for (uint32_t i = 0; i < failure.encoders.size(); i++) {
    const EncoderFailure& encoder = failure.encoders[i];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("label", Napi::String::New(env, encoder.label));
    entry.Set("state", Napi::String::New(env, encoder.state));
    Napi::Array signposts = Napi::Array::New(env, encoder.signposts.size());
    for (uint32_t k = 0; k < encoder.signposts.size(); k++) {
      signposts.Set(k, Napi::String::New(env, encoder.signposts[k]));
    }
    entry.Set("signposts", signposts);
    encoders.Set(i, entry);
  }
  object.Set("encoders", encoders);
  return object;
}

NSUInteger toLength(const Napi::Value& value) { return static_cast<NSUInteger>(value.As<Napi::Number>().Int64Value()); }

HostBytes bytesOf(const Napi::Value& value) {
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

}  // namespace

// Counts a call from JavaScript, and shows the counters when it ends.
struct CountedCall {
  explicit CountedCall(Device& device) : device_(device) { device.counters_.calls++; }
  ~CountedCall() {
    Counters& counters = device_.counters_;
    if (device_.gpu_ != nullptr) counters.made = device_.gpu_->objectsMade();
    uint32_t* shown = device_.counterArray_.Value().Data();
    const uint32_t values[] = {counters.calls,      counters.encoders, counters.barriers,
                               counters.fenceWaits, counters.made,     counters.programs};
    std::copy(std::begin(values), std::end(values), shown);
  }

 private:
  Device& device_;
};

Napi::Function Device::define(Napi::Env env) {
  return DefineClass(env, "Device",
                     {
                         InstanceMethod<&Device::facts>("facts"),
                         InstanceMethod<&Device::allocate>("allocate"),
                         InstanceMethod<&Device::free>("free"),
                         InstanceMethod<&Device::read>("read"),
                         InstanceMethod<&Device::compile>("compile"),
                         InstanceMethod<&Device::pipeline>("pipeline"),
                         InstanceMethod<&Device::useCopy>("useCopy"),
                         InstanceMethod<&Device::submit>("submit"),
                         InstanceMethod<&Device::startCapture>("startCapture"),
                         InstanceMethod<&Device::stopCapture>("stopCapture"),
                         InstanceMethod<&Device::close>("close"),
                     });
}

Device::Device(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Device>(info) {
  const Napi::Env env = info.Env();
  const auto options = info[0].As<Napi::Object>();
  counterArray_ = Napi::Persistent(info[1].As<Napi::Uint32Array>());
  settle_ = Napi::Persistent(info[2].As<Napi::Function>());
  @autoreleasepool {
    const auto device = wick::Ref<id<MTLDevice>>::adopt(MTLCreateSystemDefaultDevice());
    if (!device) {
      fail(env, "UNAVAILABLE", "Metal finds no device");
      return;
    }
    const Napi::Value storage = options.Get("storage");
    const bool isPrivate = storage.IsString() ? storage.As<Napi::String>().Utf8Value() == "private"
                                              : !device.get().hasUnifiedMemory;
    gpu_ = Gpu::open(device.get(), {.tracked = options.Get("tracked").ToBoolean(), .isPrivate = isPrivate});
  }
  if (gpu_ == nullptr) {
    fail(env, "UNAVAILABLE", "the Metal device gives no command queue");
    return;
  }
  Napi::Function nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  wake_ = Napi::ThreadSafeFunction::New(env, nothing, "wick metal", 0, 1, [this](Napi::Env) {
    if (released_) Unref();
  });
  wake_.Unref(env);
  completions_ = std::make_shared<Completions>([this] {
    wake_.NonBlockingCall([this](Napi::Env env, Napi::Function) { settleCompleted(env); });
  });
  // Held until it is closed: Metal's thread may call at any time before.
  Ref();
  // Added after the thread-safe function, hence run before that is taken down.
  napi_add_env_cleanup_hook(env, &Device::environmentEnds, this);
}

Device::~Device() {
  if (!leaving_) napi_remove_env_cleanup_hook(Env(), &Device::environmentEnds, this);
  // What Metal still works on must outlive it, whatever it costs.
  @autoreleasepool {
    if (completions_ != nullptr && !completions_->drain(kPatience)) static_cast<void>(gpu_.release());
    gpu_.reset();
  }
}

void Device::environmentEnds(void* device) { static_cast<Device*>(device)->leave(); }

void Device::leave() {
  leaving_ = true;
  if (released_) return;
  completions_->silence();
  if (!completions_->drain(kPatience)) static_cast<void>(gpu_.release());
}

Napi::Value Device::facts(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  const Napi::Env env = info.Env();
  Napi::Object facts = Napi::Object::New(env);
  @autoreleasepool {
    const id<MTLDevice> device = gpu_->device.get();
    facts.Set("name", Napi::String::New(env, device.name.UTF8String));
    facts.Set("system", Napi::String::New(env, NSProcessInfo.processInfo.operatingSystemVersionString.UTF8String));
    facts.Set("storage", Napi::String::New(env, gpu_->options.isPrivate ? "private" : "shared"));
    facts.Set("maxBufferLength", Napi::Number::New(env, static_cast<double>(device.maxBufferLength)));
    facts.Set("simdgroupMatrix", Napi::Boolean::New(env, [device supportsFamily:MTLGPUFamilyApple7]));
  }
  return facts;
}

Napi::Value Device::allocate(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  const NSUInteger length = toLength(info[0]);
  int64_t number = -1;
  @autoreleasepool {
    number = gpu_->memory.allocate(length);
  }
  if (number < 0) return fail(info.Env(), "OUT_OF_MEMORY", "Metal has no room for " + std::to_string(length) + " bytes");
  gpu_->allocations++;
  return Napi::Number::New(info.Env(), static_cast<double>(number));
}

Napi::Value Device::free(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  @autoreleasepool {
    gpu_->memory.free(info[0].As<Napi::Number>().Uint32Value(), serial_);
    if (inFlight_.empty()) gpu_->memory.completed(serial_);
  }
  return info.Env().Undefined();
}

Napi::Value Device::read(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  const id<MTLBuffer> buffer = gpu_->memory.find(info[0].As<Napi::Number>().Uint32Value());
  const NSUInteger offset = toLength(info[1]);
  const NSUInteger length = toLength(info[2]);
  if (buffer == nil || offset + length > buffer.length) {
    return fail(info.Env(), "INVALID_ARGUMENT", "a read leaves its memory");
  }
  auto bytes = Napi::Uint8Array::New(info.Env(), length);
  @autoreleasepool {
    std::memcpy(bytes.Data(), static_cast<const uint8_t*>(buffer.contents) + offset, length);
  }
  return bytes;
}

Napi::Value Device::compile(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  return compileLibrary(info.Env(), gpu_->device.get(), info[0].ToString(), info[1].ToString());
}

Napi::Value Device::pipeline(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  return makePipeline(info.Env(), gpu_->device.get(), info[0], info[1].As<Napi::Object>(), Value(),
                      [this](Pipeline pipeline) { return gpu_->pipelines.add(std::move(pipeline)); });
}

Napi::Value Device::useCopy(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  gpu_->copy = gpu_->pipelines.find(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

// submit(program, serial, table, waits, waitCount, params, uploads, downloads)
Napi::Value Device::submit(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  const Napi::Env env = info.Env();
  if (!open_) return fail(env, "DEVICE_LOST", "the device was closed");
  @autoreleasepool {
    const Program* program = programOf(env, info[0].As<Napi::Object>());
    if (program == nullptr || !gather(info, *program)) return env.Undefined();
    Encoded encoded;
    std::string error;
    if (!encode(*gpu_, submission_, counters_, encoded, error)) return fail(env, "OUT_OF_MEMORY", error);
    commit(std::move(encoded), info[7].As<Napi::Array>());
  }
  if (inFlight_.size() == 1) wake_.Ref(env);
  return env.Undefined();
}

// The native form of a packed program stays attached to it.
const Program* Device::programOf(Napi::Env env, Napi::Object packed) {
  void* attached = nullptr;
  if (napi_unwrap(env, packed, &attached) == napi_ok && attached != nullptr) return static_cast<Program*>(attached);
  const auto words = packed.Get("words").As<Napi::Uint32Array>();
  const auto names = packed.Get("labels").As<Napi::Array>();
  std::vector<wick::Ref<NSString*>> labels;
  for (uint32_t i = 0; i < names.Length(); i++) {
    labels.push_back(wick::Ref<NSString*>::share(toNSString(names.Get(i))));
  }
  std::string error;
  auto program = Program::parse(words.Data(), words.ElementLength(), std::move(labels), gpu_->pipelines, error);
  if (program == nullptr) {
    fail(env, "INVALID_ARGUMENT", error);
    return nullptr;
  }
  counters_.programs++;
  Program* raw = program.release();
  const auto drop = [](napi_env, void* data, void*) {
    @autoreleasepool {
      delete static_cast<Program*>(data);
    }
  };
  if (napi_wrap(env, packed, raw, drop, nullptr, nullptr) == napi_ok) return raw;
  delete raw;
  fail(env, "INVALID_ARGUMENT", "a program cannot be kept");
  return nullptr;
}

// Collects what this submission brings along into `submission_`.
bool Device::gather(const Napi::CallbackInfo& info, const Program& program) {
  const Napi::Env env = info.Env();
  const auto table = info[2].As<Napi::Float64Array>();
  const auto waits = info[3].As<Napi::Float64Array>();
  const uint32_t waitCount = info[4].As<Napi::Number>();
  const auto uploads = info[6].As<Napi::Array>();
  const uint64_t serial = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  submission_.serial = serial;
  submission_.program = &program;
  submission_.params = bytesOf(info[5]);
  if (table.ElementLength() < 2 * program.memoryCount || submission_.params.length < program.paramsBytes ||
      uploads.Length() < program.uploadCount || waits.ElementLength() < 2 * waitCount) {
    fail(env, "INVALID_ARGUMENT", "a submission does not fit its program");
    return false;
  }
  submission_.buffers.clear();
  submission_.offsets.clear();
  submission_.idle.clear();
  const double* entry = table.Data();
  for (uint32_t i = 0; i < program.memoryCount; i++, entry += 2) {
    const id<MTLBuffer> buffer = gpu_->memory.find(static_cast<uint32_t>(entry[0]));
    if (buffer == nil) {
      fail(env, "INVALID_ARGUMENT", "a submission names memory that is not there");
      return false;
    }
    const uint64_t last = gpu_->memory.use(static_cast<uint32_t>(entry[0]), serial);
    submission_.buffers.push_back(buffer);
    submission_.offsets.push_back(static_cast<NSUInteger>(entry[1]));
    if (last == serial) {
      // Named twice by this submission: as the first time.
      const auto first = std::find(submission_.buffers.begin(), submission_.buffers.end(), buffer);
      submission_.idle.push_back(submission_.idle[static_cast<size_t>(first - submission_.buffers.begin())]);
    } else {
      submission_.idle.push_back(last <= completed_);
    }
  }
  submission_.waits.clear();
  for (uint32_t i = 0; i < waitCount; i++) {
    submission_.waits.emplace_back(static_cast<uint32_t>(waits[2 * i]), static_cast<uint64_t>(waits[2 * i + 1]));
  }
  submission_.uploads.clear();
  for (uint32_t i = 0; i < program.uploadCount; i++) submission_.uploads.push_back(bytesOf(uploads.Get(i)));
  return true;
}

void Device::commit(Encoded encoded, Napi::Array downloads) {
  serial_ = submission_.serial;
  gpu_->fences.committed(serial_);
  InFlight& entry = inFlight_.emplace_back(InFlight{serial_, std::move(encoded), {}});
  for (uint32_t i = 0; i < submission_.program->downloadCount; i++) {
    const Napi::Value download = downloads.Get(i);
    entry.downloads.push_back(Napi::Persistent(download.As<Napi::Uint8Array>()));
  }
  completions_->expect();
  const std::shared_ptr<Completions> completions = completions_;
  const uint64_t serial = serial_;
  [entry.encoded.buffer.get() addCompletedHandler:^(id<MTLCommandBuffer> buffer) {
    completions->finished(serial, failureOf(buffer));
  }];
  [entry.encoded.buffer.get() commit];
}

void Device::settleCompleted(Napi::Env env) {
  std::optional<Failure> failure;
  while (!leaving_ && !inFlight_.empty() && completions_->take(inFlight_.front().serial, failure)) {
    const Napi::HandleScope scope(env);
    InFlight ended = std::move(inFlight_.front());
    inFlight_.pop_front();
    completed_ = ended.serial;
    @autoreleasepool {
      for (size_t i = 0; i < ended.downloads.size() && !failure.has_value(); i++) {
        auto into = ended.downloads[i].Value();
        const auto* from = static_cast<const uint8_t*>(ended.encoded.downloads.get().contents);
        std::memcpy(into.Data(), from + ended.encoded.downloadOffsets[i], into.ByteLength());
      }
      if (ended.encoded.uploads) gpu_->staging.give(std::move(ended.encoded.uploads));
      if (ended.encoded.downloads) gpu_->staging.give(std::move(ended.encoded.downloads));
      gpu_->fences.completed(ended.serial);
      gpu_->memory.completed(ended.serial);
      ended.encoded.buffer = {};
    }
    if (inFlight_.empty()) wake_.Unref(env);
    const Napi::Value told = failure.has_value() ? describe(env, *failure) : env.Undefined();
    failure.reset();
    settle_.Call({Napi::Number::New(env, static_cast<double>(ended.serial)), told});
  }
  if (!open_ && inFlight_.empty() && !leaving_ && !released_) {
    released_ = true;
    // It is a closure of the owner of this object: as long as it is held, neither is ever collected.
    settle_.Reset();
    wake_.Release();
  }
}

Napi::Value Device::startCapture(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  @autoreleasepool {
    const std::string reason = wick::startCapture(gpu_->device.get(), toNSString(info[0]));
    if (!reason.empty()) return fail(info.Env(), "CAPTURE_FAILED", reason);
  }
  return info.Env().Undefined();
}

Napi::Value Device::stopCapture(const Napi::CallbackInfo& info) {
  const CountedCall counted(*this);
  @autoreleasepool {
    wick::stopCapture();
  }
  return info.Env().Undefined();
}

// Nothing is submitted from now on. What is in flight ends by itself, and does not keep the process alive.
Napi::Value Device::close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!open_) return env.Undefined();
  open_ = false;
  wake_.Unref(env);
  settleCompleted(env);
  return env.Undefined();
}

}  // namespace wick
