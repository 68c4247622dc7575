/** Tests in Objective-C++: `TEST("what holds") { ... expect(...); }`. Each line of output is one result. */
#pragma once
#import <Metal/Metal.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#import "../../include/Softmetal/Softmetal.h"

struct Test {
  const char *name;
  void (*body)();
};
std::vector<Test> &allTests();
struct Registration {
  Registration(const char *name, void (*body)()) { allTests().push_back({name, body}); }
};
#define TEST_NAME2(LINE) test_##LINE
#define TEST_NAME(LINE) TEST_NAME2(LINE)
#define REGISTERED_NAME2(LINE) registered_##LINE
#define REGISTERED_NAME(LINE) REGISTERED_NAME2(LINE)
#define TEST(NAME)                                                                \
  static void TEST_NAME(__LINE__)();                                              \
  static const Registration REGISTERED_NAME(__LINE__)(NAME, TEST_NAME(__LINE__)); \
  static void TEST_NAME(__LINE__)()

inline void expect(bool holds, const std::string &what) {
  if (!holds) throw std::runtime_error(what);
}
/** Exactly these findings, each named by a part of its text. */
void expectFindings(const std::vector<std::string> &parts);

/** A device, a queue, and what tests do with them again and again. Everything is released at its end. */
class Rig {
 public:
  explicit Rig(MTLResourceOptions options = MTLResourceHazardTrackingModeUntracked);
  ~Rig();
  Rig(const Rig &) = delete;
  Rig &operator=(const Rig &) = delete;

  id<MTLBuffer> buffer(const char *label, NSUInteger floats);
  id<MTLFence> fence(const char *label);
  id<MTLComputePipelineState> pipeline(const char *source, const char *kernel);
  id<MTLCommandBuffer> commandBuffer(bool retained = true);
  /** Signposts the label, binds the buffers from 0 on, and dispatches. */
  void dispatch(id<MTLComputeCommandEncoder> encoder, const char *label, id<MTLComputePipelineState> pipeline,
                std::vector<id<MTLBuffer>> buffers, NSUInteger threads, NSUInteger group = 32);

  id<MTLDevice> device;
  id<MTLCommandQueue> queue;

 private:
  MTLResourceOptions options_;
  std::vector<id> kept_;
};

float *floats(id<MTLBuffer> buffer);
NSString *string(const char *text);
