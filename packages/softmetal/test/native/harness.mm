#include "harness.h"

#include <cstdio>

std::vector<Test> &allTests() {
  static std::vector<Test> tests;
  return tests;
}

void expectFindings(const std::vector<std::string> &parts) {
  std::vector<std::string> found;
  for (NSString *text in SoftmetalTakeFindings()) found.push_back(text.UTF8String);
  std::string all;
  for (const auto &f : found) all += "\n    " + f;
  for (const auto &part : parts) {
    bool there = false;
    for (const auto &f : found) there = there || f.find(part) != std::string::npos;
    expect(there, "no finding '" + part + "' among:" + all);
  }
  if (parts.empty()) expect(found.empty(), "findings where none were expected:" + all);
}

NSString *string(const char *text) { return [NSString stringWithUTF8String:text]; }
float *floats(id<MTLBuffer> buffer) { return static_cast<float *>(buffer.contents); }

Rig::Rig(MTLResourceOptions options) : options_(options) {
  device = MTLCreateSystemDefaultDevice();
  queue = [device newCommandQueue];
  SoftmetalTakeFindings();
}
Rig::~Rig() {
  for (id object : kept_) [object release];
  [queue release];
  [device release];
}
id<MTLBuffer> Rig::buffer(const char *label, NSUInteger count) {
  id<MTLBuffer> made = [device newBufferWithLength:count * 4 options:options_];
  made.label = string(label);
  kept_.push_back(made);
  return made;
}
id<MTLFence> Rig::fence(const char *label) {
  id<MTLFence> made = [device newFence];
  made.label = string(label);
  kept_.push_back(made);
  return made;
}
id<MTLComputePipelineState> Rig::pipeline(const char *source, const char *kernel) {
  NSError *error = nil;
  id<MTLLibrary> library = [device newLibraryWithSource:string(source) options:nil error:&error];
  expect(library != nil,
         std::string("library: ") + (error == nil ? "" : error.localizedDescription.UTF8String));
  id<MTLFunction> function = [library newFunctionWithName:string(kernel)];
  expect(function != nil, "the function is not there");
  id<MTLComputePipelineState> made = [device newComputePipelineStateWithFunction:function error:&error];
  expect(made != nil,
         std::string("pipeline: ") + (error == nil ? "" : error.localizedDescription.UTF8String));
  [function release];
  [library release];
  kept_.push_back(made);
  return made;
}
id<MTLCommandBuffer> Rig::commandBuffer(bool retained) {
  MTLCommandBufferDescriptor *descriptor = [[[MTLCommandBufferDescriptor alloc] init] autorelease];
  descriptor.retainedReferences = retained;
  descriptor.errorOptions = MTLCommandBufferErrorOptionEncoderExecutionStatus;
  return [queue commandBufferWithDescriptor:descriptor];
}
void Rig::dispatch(id<MTLComputeCommandEncoder> encoder, const char *label,
                   id<MTLComputePipelineState> pipeline, std::vector<id<MTLBuffer>> buffers,
                   NSUInteger threads, NSUInteger group) {
  [encoder insertDebugSignpost:string(label)];
  [encoder setComputePipelineState:pipeline];
  for (NSUInteger i = 0; i < buffers.size(); i++) [encoder setBuffer:buffers[i] offset:0 atIndex:i];
  [encoder dispatchThreads:MTLSizeMake(threads, 1, 1) threadsPerThreadgroup:MTLSizeMake(group, 1, 1)];
}

void runInPool(void (*body)()) {
  NSAutoreleasePool *pool = [[NSAutoreleasePool alloc] init];
  body();
  [pool release];
}
