#include "compile.h"

#include <vector>

#include "ref.h"

namespace wick {
namespace {

using Library = Ref<id<MTLLibrary>>;

std::string logOf(NSError* error) {
  const char* text = error.localizedDescription.UTF8String;
  return text == nullptr ? "Metal gives no reason" : text;
}

// Work on a thread of libuv that ends with a promise.
class Work : public Napi::AsyncWorker {
 public:
  explicit Work(Napi::Env env) : Napi::AsyncWorker(env), deferred_(env) {}

  Napi::Promise start() {
    Queue();
    return deferred_.Promise();
  }

 protected:
  virtual void work() = 0;
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  void Execute() final {
    @autoreleasepool {
      work();
    }
  }

  void OnOK() final {
    @autoreleasepool {
      deferred_.Resolve(result(Env()));
    }
  }

  void OnError(const Napi::Error& error) final {
    error.Value().Set("code", Napi::String::New(Env(), "COMPILE_FAILED"));
    deferred_.Reject(error.Value());
  }

  Napi::Promise::Deferred deferred_;
};

class LibraryWork final : public Work {
 public:
  LibraryWork(Napi::Env env, id<MTLDevice> device, std::string source, std::string label)
      : Work(env), device_(Ref<id<MTLDevice>>::share(device)), source_(std::move(source)), label_(std::move(label)) {}

 private:
  void work() override {
    const auto options = Ref<MTLCompileOptions*>::adopt([[MTLCompileOptions alloc] init]);
    // NaN, infinities and -0 have to survive. Newer systems call it mathMode, and still know this.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    [options.get() setFastMathEnabled:NO];
#pragma clang diagnostic pop
    NSError* error = nil;
    library_ = Library::adopt([device_.get() newLibraryWithSource:[NSString stringWithUTF8String:source_.c_str()]
                                                          options:options.get()
                                                            error:&error]);
    if (!library_) return SetError(logOf(error));
    [library_.get() setLabel:[NSString stringWithUTF8String:label_.c_str()]];
  }

  Napi::Value result(Napi::Env env) override {
    return Napi::External<Library>::New(env, new Library(library_),
                                        [](Napi::Env, Library* library) { delete library; });
  }

  Ref<id<MTLDevice>> device_;
  std::string source_;
  std::string label_;
  Library library_;
};

// A function constant: by index with its type, or by name with the type that the source gives it.
struct Constant {
  int64_t index;
  std::string name;
  MTLDataType type;
  double value;
};

void set(MTLFunctionConstantValues* values, const Constant& constant, MTLDataType type) {
  const bool flag = constant.value != 0;
  const auto number = static_cast<int64_t>(constant.value);
  const auto low = static_cast<uint32_t>(number);
  const auto real = static_cast<float>(constant.value);
  const void* bytes = &low;
  if (type == MTLDataTypeBool) bytes = &flag;
  if (type == MTLDataTypeFloat) bytes = &real;
  if (constant.index >= 0) {
    [values setConstantValue:bytes type:type atIndex:static_cast<NSUInteger>(constant.index)];
  } else {
    [values setConstantValue:bytes type:type withName:[NSString stringWithUTF8String:constant.name.c_str()]];
  }
}

bool isScalar(MTLDataType type) {
  return type == MTLDataTypeBool || type == MTLDataTypeInt || type == MTLDataTypeUInt || type == MTLDataTypeFloat;
}

class PipelineWork final : public Work {
 public:
  PipelineWork(Napi::Env env, id<MTLDevice> device, Library library, Napi::Object wanted, Napi::Object owner,
               std::function<uint32_t(Pipeline)> add)
      : Work(env),
        device_(Ref<id<MTLDevice>>::share(device)),
        library_(std::move(library)),
        entry_(wanted.Get("entry").ToString()),
        label_(wanted.Get("label").ToString()),
        owner_(Napi::Persistent(owner)),
        add_(std::move(add)) {
    const auto threads = wanted.Get("threads").As<Napi::Array>();
    const auto count = [&](uint32_t i) { return static_cast<NSUInteger>(threads.Get(i).ToNumber().Uint32Value()); };
    threads_ = MTLSizeMake(count(0), count(1), count(2));
    const auto constants = wanted.Get("constants").As<Napi::Array>();
    for (uint32_t i = 0; i < constants.Length(); i++) constants_.push_back(read(constants.Get(i).As<Napi::Object>()));
  }

 private:
  static Constant read(Napi::Object constant) {
    const Napi::Value index = constant.Get("index");
    const Napi::Value name = constant.Get("name");
    const std::string type = constant.Get("type").ToString();
    return {
        .index = index.IsNumber() ? index.As<Napi::Number>().Int64Value() : -1,
        .name = name.IsString() ? name.As<Napi::String>().Utf8Value() : std::string(),
        .type = type == "bool"    ? MTLDataTypeBool
                : type == "int"   ? MTLDataTypeInt
                : type == "float" ? MTLDataTypeFloat
                                  : MTLDataTypeUInt,
        .value = constant.Get("value").ToNumber().DoubleValue(),
    };
  }

  void work() override {
    const auto function = makeFunction();
    if (!function) return;
    const auto descriptor = Ref<MTLComputePipelineDescriptor*>::adopt([[MTLComputePipelineDescriptor alloc] init]);
    const NSUInteger total = threads_.width * threads_.height * threads_.depth;
    [descriptor.get() setLabel:[NSString stringWithUTF8String:label_.c_str()]];
    [descriptor.get() setComputeFunction:function.get()];
    [descriptor.get() setMaxTotalThreadsPerThreadgroup:total];
    NSError* error = nil;
    state_ = Ref<id<MTLComputePipelineState>>::adopt([device_.get()
        newComputePipelineStateWithDescriptor:descriptor.get()
                                      options:MTLPipelineOptionNone
                                   reflection:nullptr
                                        error:&error]);
    if (!state_) return SetError(logOf(error));
    const NSUInteger most = [state_.get() maxTotalThreadsPerThreadgroup];
    if (total <= most) return;
    SetError("a threadgroup has " + std::to_string(total) + " threads; at most " + std::to_string(most) +
             " are possible");
  }

  Ref<id<MTLFunction>> makeFunction() {
    NSString* entry = [NSString stringWithUTF8String:entry_.c_str()];
    const auto values = Ref<MTLFunctionConstantValues*>::adopt([[MTLFunctionConstantValues alloc] init]);
    NSDictionary* declared = nil;
    Ref<id<MTLFunction>> plain;
    for (const Constant& constant : constants_) {
      MTLDataType type = constant.type;
      if (constant.index < 0) {
        if (declared == nil) {
          plain = Ref<id<MTLFunction>>::adopt([library_.get() newFunctionWithName:entry]);
          declared = plain.get().functionConstantsDictionary;
        }
        MTLFunctionConstant* found = [declared objectForKey:[NSString stringWithUTF8String:constant.name.c_str()]];
        if (found == nil || !isScalar(found.type)) {
          SetError("the source declares no scalar function constant \"" + constant.name + "\"");
          return {};
        }
        type = found.type;
      }
      set(values.get(), constant, type);
    }
    NSError* error = nil;
    auto function = Ref<id<MTLFunction>>::adopt([library_.get() newFunctionWithName:entry
                                                                     constantValues:values.get()
                                                                              error:&error]);
    if (!function) SetError("there is no kernel function \"" + entry_ + "\": " + logOf(error));
    return function;
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object made = Napi::Object::New(env);
    made.Set("executionWidth", Napi::Number::New(env, static_cast<double>([state_.get() threadExecutionWidth])));
    made.Set("number", Napi::Number::New(env, add_({state_, threads_})));
    return made;
  }

  Ref<id<MTLDevice>> device_;
  Library library_;
  std::string entry_;
  std::string label_;
  std::vector<Constant> constants_;
  MTLSize threads_ = {1, 1, 1};
  // Keeps the device alive that `add_` belongs to.
  Napi::ObjectReference owner_;
  std::function<uint32_t(Pipeline)> add_;
  Ref<id<MTLComputePipelineState>> state_;
};

}  // namespace

Napi::Value compileLibrary(Napi::Env env, id<MTLDevice> device, const std::string& source, const std::string& label) {
  return (new LibraryWork(env, device, source, label))->start();
}

Napi::Value makePipeline(Napi::Env env, id<MTLDevice> device, const Napi::Value& library, Napi::Object wanted,
                         Napi::Object owner, std::function<uint32_t(Pipeline)> add) {
  const Library& compiled = *library.As<Napi::External<Library>>().Data();
  return (new PipelineWork(env, device, compiled, wanted, owner, std::move(add)))->start();
}

}  // namespace wick
