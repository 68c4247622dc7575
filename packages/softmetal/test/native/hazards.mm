/** What softmetal finds in programs that are wrong, and that it finds nothing in those that are right. */
#include "harness.h"

namespace {

const char *const kernels = R"(
#include <metal_stdlib>
using namespace metal;
kernel void put(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) { out[i] = float(i); }
kernel void doubled(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                    uint i [[thread_position_in_grid]]) { out[i] = 2.0f * in[i]; }
kernel void beyond(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) { out[i + 1] = 1.0f; }
kernel void slow(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  float x = 1.0f;
  for (int k = 0; k < 2000000; k++) x = x * 0.5f + 1.0f;
  out[i] = x;
}
kernel void met(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  if (i != 3) out[i] = 0.0f;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[i] = 1.0f;
}
kernel void lost(device float *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  if (i == 3) return;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[i] = 1.0f;
}
)";

id<MTLComputeCommandEncoder> concurrent(id<MTLCommandBuffer> buffer, const char *label) {
  id<MTLComputeCommandEncoder> encoder =
      [buffer computeCommandEncoderWithDispatchType:MTLDispatchTypeConcurrent];
  encoder.label = string(label);
  return encoder;
}

void finish(id<MTLCommandBuffer> buffer) {
  [buffer commit];
  [buffer waitUntilCompleted];
}

/** put into a, doubled from a into b, in one concurrent encoder, with or without a barrier on a. */
id<MTLCommandBuffer> chain(Rig &rig, bool barrier, bool scope = false) {
  id<MTLBuffer> a = rig.buffer("a", 1000), b = rig.buffer("b", 1000);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  buffer.label = @"chain";
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass 0");
  rig.dispatch(encoder, "first", rig.pipeline(kernels, "put"), {a}, 1000);
  const id<MTLResource> resources[] = {a};
  if (barrier && !scope) [encoder memoryBarrierWithResources:resources count:1];
  if (barrier && scope) [encoder memoryBarrierWithScope:MTLBarrierScopeBuffers];
  rig.dispatch(encoder, "second", rig.pipeline(kernels, "doubled"), {a, b}, 1000);
  [encoder endEncoding];
  finish(buffer);
  if (barrier) expect(floats(b)[999] == 1998.0f, "a wrong result");
  return buffer;
}

/** put into a in one encoder, doubled from a in the next; of the same command buffer or of another. */
void twoEncoders(Rig &rig, bool fenced, bool twoBuffers, bool waitBetween = false) {
  id<MTLBuffer> a = rig.buffer("a", 256), b = rig.buffer("b", 256);
  id<MTLComputePipelineState> put = rig.pipeline(kernels, "put"), doubled = rig.pipeline(kernels, "doubled");
  id<MTLFence> fence = rig.fence("after put");
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass 0");
  rig.dispatch(encoder, "first", put, {a}, 256);
  if (fenced) [encoder updateFence:fence];
  [encoder endEncoding];
  if (twoBuffers) {
    [buffer commit];
    if (waitBetween) [buffer waitUntilCompleted];
    buffer = rig.commandBuffer();
  }
  encoder = concurrent(buffer, "pass 1");
  if (fenced) [encoder waitForFence:fence];
  rig.dispatch(encoder, "second", doubled, {a, b}, 256);
  [encoder endEncoding];
  finish(buffer);
}

}  // namespace

TEST("a missing barrier is a race that names both dispatches and the bytes") {
  Rig rig;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    SoftmetalSetSeed(seed);
    id<MTLCommandBuffer> buffer = chain(rig, false);
    expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
    expectFindings({"race: dispatch '"});
  }
  chain(rig, false);
  NSString *found = [SoftmetalTakeFindings() objectAtIndex:0];
  for (NSString *part in [NSArray arrayWithObjects:@"'first'", @"'second'", @"pass 0",
                                                   @"bytes 0 to 4000 of 'a'", @"without a barrier", nil])
    expect([found rangeOfString:part].length > 0,
           std::string(found.UTF8String) + " lacks " + part.UTF8String);
}
TEST("a barrier on the buffer makes it silent") {
  Rig rig;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    SoftmetalSetSeed(seed);
    expect(chain(rig, true, seed % 2 == 0).status == MTLCommandBufferStatusCompleted, "it failed");
  }
  expectFindings({});
}
TEST("a missing fence between encoders is a race") {
  Rig rig;
  twoEncoders(rig, false, false);
  expectFindings({"in encoders that no fence orders"});
}
TEST("a fence between encoders is silent") {
  Rig rig;
  twoEncoders(rig, true, false);
  twoEncoders(rig, true, true);
  expectFindings({});
}
TEST("the end of a command buffer that the host waited for orders what follows") {
  Rig rig;
  twoEncoders(rig, false, true, true);
  expectFindings({});
}
TEST("what the host hears late is in flight until then") {
  Rig rig;
  setenv("SOFTMETAL_LATENCY", "300", 1);
  twoEncoders(rig, false, true);
  expectFindings({"in encoders that no fence orders"});
  twoEncoders(rig, true, true);
  twoEncoders(rig, false, true, true);
  unsetenv("SOFTMETAL_LATENCY");
  expectFindings({});
}
TEST("tracked resources need no fence") {
  Rig rig(MTLResourceHazardTrackingModeTracked);
  twoEncoders(rig, false, false);
  expectFindings({});
}
TEST("disjoint bytes of one buffer are no race") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 512);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  id<MTLComputePipelineState> put = rig.pipeline(kernels, "put");
  [encoder setComputePipelineState:put];
  for (NSUInteger half = 0; half < 2; half++) {
    [encoder setBuffer:a offset:half * 1024 atIndex:0];
    [encoder dispatchThreads:MTLSizeMake(256, 1, 1) threadsPerThreadgroup:MTLSizeMake(64, 1, 1)];
  }
  [encoder endEncoding];
  finish(buffer);
  expectFindings({});
  expect(floats(a)[511] == 255.0f, "a wrong result");
}
TEST("fresh and recycled memory is NaN") {
  Rig rig;
  for (int i = 0; i < 3; i++) {
    id<MTLBuffer> buffer = [rig.device newBufferWithLength:64 options:MTLResourceHazardTrackingModeUntracked];
    expect(floats(buffer)[5] != floats(buffer)[5], "not NaN");
    floats(buffer)[5] = 1.0f;
    [buffer release];
  }
}
TEST("a kernel reads NaN where nobody wrote, also in memory that was used before, and else what was written") {
  Rig rig;
  id<MTLComputePipelineState> put = rig.pipeline(kernels, "put"), doubled = rig.pipeline(kernels, "doubled");
  for (const bool written : {false, false, true}) {
    id<MTLBuffer> in = [rig.device newBufferWithLength:256 options:MTLResourceHazardTrackingModeUntracked];
    id<MTLBuffer> out = rig.buffer("out", 64);
    id<MTLCommandBuffer> buffer = rig.commandBuffer();
    id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
    if (written) rig.dispatch(encoder, "writes", put, {in}, 64);
    [encoder memoryBarrierWithScope:MTLBarrierScopeBuffers];
    rig.dispatch(encoder, "reads", doubled, {in, out}, 64);
    [encoder memoryBarrierWithScope:MTLBarrierScopeBuffers];
    rig.dispatch(encoder, "leaves numbers", put, {in}, 64);
    [encoder endEncoding];
    finish(buffer);
    [in release];
    const float got = floats(out)[5];
    expect(written ? got == 10.0f : got != got, "read " + std::to_string(got));
  }
  expectFindings({});
}
TEST("a store past the end is out of bounds") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "stray", rig.pipeline(kernels, "beyond"), {rig.buffer("a", 64)}, 64);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({"out of bounds: dispatch 'stray'"});
  expect(buffer.error.code == MTLCommandBufferErrorInvalidResource, "another code");
}
TEST("a store before the end is silent") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "fits", rig.pipeline(kernels, "beyond"), {rig.buffer("a", 65)}, 64);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({});
}
TEST("a load past the end is out of bounds, one before it is silent") {
  Rig rig;
  for (const bool fits : {false, true}) {
    id<MTLCommandBuffer> buffer = rig.commandBuffer();
    id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
    id<MTLBuffer> in = rig.buffer("in", fits ? 64 : 63);
    for (int i = 0; i < 63; i++) floats(in)[i] = 1.0f;
    rig.dispatch(encoder, "reads", rig.pipeline(kernels, "doubled"), {in, rig.buffer("out", 64)}, 64);
    [encoder endEncoding];
    finish(buffer);
    if (fits)
      expectFindings({});
    else
      expectFindings({"out of bounds: dispatch 'reads'"});
  }
}
TEST("a binding that nobody set is missing, one of an earlier dispatch is sticky") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64), b = rig.buffer("b", 64);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "half bound", rig.pipeline(kernels, "doubled"), {a}, 64);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({"missing binding: dispatch 'half bound'"});
  expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
  buffer = rig.commandBuffer();
  encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "bound", rig.pipeline(kernels, "doubled"), {a, b}, 64);
  [encoder memoryBarrierWithScope:MTLBarrierScopeBuffers];
  rig.dispatch(encoder, "relies", rig.pipeline(kernels, "doubled"), {a}, 64);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({"sticky binding: index 1 of dispatch 'relies'"});
  expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
}
TEST("dispatches that set all of their bindings are silent, whatever lies at other indices") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64), b = rig.buffer("b", 64);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "writes", rig.pipeline(kernels, "put"), {a}, 64);
  [encoder memoryBarrierWithScope:MTLBarrierScopeBuffers];
  rig.dispatch(encoder, "two", rig.pipeline(kernels, "doubled"), {a, b}, 64);
  [encoder memoryBarrierWithScope:MTLBarrierScopeBuffers];
  rig.dispatch(encoder, "one", rig.pipeline(kernels, "put"), {a}, 64);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({});
  expect(buffer.status == MTLCommandBufferStatusCompleted && floats(b)[63] == 126.0f, "a wrong result");
}
TEST("an encoder left open at the commit is found, and fails the command buffer") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "forgotten");
  finish(buffer);
  expectFindings({"encoder 'forgotten' was left open at the commit"});
  expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
  [encoder endEncoding];
}
TEST("an encoder opened beside another is refused, and fails the command buffer") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "still open");
  expect([buffer blitCommandEncoder] == nil, "a second encoder was given");
  expectFindings({"while encoder 'still open' was left open"});
  [encoder endEncoding];
  finish(buffer);
  expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
}
TEST("an encoder released before its end is found, and fails the command buffer") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  @autoreleasepool {
    concurrent(buffer, "dropped");
  }
  expectFindings({"encoder 'dropped' was left open: it was released without being ended"});
  finish(buffer);
  expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
}
TEST("encoders that end before the next one opens, and before the commit, are silent") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64);
  id<MTLFence> fence = rig.fence("after the fill");
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  @autoreleasepool {
    id<MTLBlitCommandEncoder> blit = [buffer blitCommandEncoder];
    [blit fillBuffer:a range:NSMakeRange(0, 256) value:0];
    [blit updateFence:fence];
    [blit endEncoding];
    id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
    [encoder waitForFence:fence];
    rig.dispatch(encoder, "put", rig.pipeline(kernels, "put"), {a}, 64);
    [encoder endEncoding];
  }
  finish(buffer);
  expectFindings({});
  expect(buffer.status == MTLCommandBufferStatusCompleted && floats(a)[9] == 9.0f, "a wrong result");
}
TEST("calls on an encoder that has ended are found, and fail the command buffer") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "over");
  [encoder endEncoding];
  [encoder setBuffer:rig.buffer("a", 64) offset:0 atIndex:0];
  expectFindings({"on encoder 'over', which has ended"});
  finish(buffer);
  expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
}
TEST("commits out of order are found, in order they are silent") {
  Rig rig;
  id<MTLCommandBuffer> one = rig.commandBuffer(), two = rig.commandBuffer();
  finish(two);
  finish(one);
  expectFindings({"commit out of order"});
  one = rig.commandBuffer();
  two = rig.commandBuffer();
  finish(one);
  finish(two);
  expectFindings({});
}
TEST("a fence that is waited for before its update is committed is found") {
  Rig rig;
  id<MTLFence> fence = rig.fence("too early");
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  [encoder waitForFence:fence];
  [encoder endEncoding];
  finish(buffer);
  expectFindings({"waits for fence 'too early', which no encoder committed before updates"});
}
TEST("a fence that is waited for after its update was committed is silent") {
  Rig rig;
  id<MTLFence> fence = rig.fence("in time");
  for (const bool waits : {false, true}) {
    id<MTLCommandBuffer> buffer = rig.commandBuffer();
    id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
    if (waits)
      [encoder waitForFence:fence];
    else
      [encoder updateFence:fence];
    [encoder endEncoding];
    finish(buffer);
    expect(buffer.status == MTLCommandBufferStatusCompleted, "it failed");
  }
  expectFindings({});
}
TEST("memory freed in flight is found, kept memory is silent") {
  Rig rig;
  for (const bool kept : {false, true}) {
    id<MTLBuffer> busy = rig.buffer("busy", 64),
                  freed = [rig.device newBufferWithLength:256 options:MTLResourceHazardTrackingModeUntracked];
    id<MTLCommandBuffer> buffer = rig.commandBuffer(false);
    @autoreleasepool {
      id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
      rig.dispatch(encoder, "slow", rig.pipeline(kernels, "slow"), {busy}, 8);
      [encoder endEncoding];
      encoder = concurrent(buffer, "next");
      rig.dispatch(encoder, "late", rig.pipeline(kernels, "put"), {freed}, 64);
      [encoder endEncoding];
    }
    [buffer commit];
    if (!kept) [freed release];
    [buffer waitUntilCompleted];
    if (kept) [freed release];
    if (kept)
      expectFindings({});
    else
      expectFindings({"freed in flight"});
  }
}
TEST("a 65th open command buffer is found, 64 are silent") {
  Rig rig;
  std::vector<id<MTLCommandBuffer>> all;
  for (int i = 0; i < 64; i++) all.push_back(rig.commandBuffer());
  expectFindings({});
  expect(rig.commandBuffer() == nil, "a 65th was given");
  expectFindings({"more than 64 command buffers"});
  for (id<MTLCommandBuffer> buffer : all) [buffer commit];
  [all.back() waitUntilCompleted];
}
TEST("a host that writes a buffer in flight is found, one that waits is not") {
  Rig rig;
  for (const bool waits : {false, true}) {
    id<MTLBuffer> in = rig.buffer("in", 64), busy = rig.buffer("busy", 64), out = rig.buffer("out", 64);
    for (int i = 0; i < 64; i++) floats(in)[i] = 1.0f;
    id<MTLCommandBuffer> buffer = rig.commandBuffer();
    id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
    rig.dispatch(encoder, "reads", rig.pipeline(kernels, "doubled"), {in, out}, 64);
    rig.dispatch(encoder, "slow", rig.pipeline(kernels, "slow"), {busy}, 8);
    [encoder endEncoding];
    [buffer commit];
    if (waits) [buffer waitUntilCompleted];
    floats(in)[7] = 5.0f;
    [buffer waitUntilCompleted];
    if (waits)
      expectFindings({});
    else
      expectFindings({"the host wrote byte 30 of 'in'"});
  }
}
TEST("a threadgroup barrier that some threads miss is found") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "lost", rig.pipeline(kernels, "lost"), {rig.buffer("a", 32)}, 32);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({"threadgroup_barrier was reached by 31 of 32 threads"});
}
TEST("a threadgroup barrier that all threads reach is silent") {
  Rig rig;
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = concurrent(buffer, "pass");
  rig.dispatch(encoder, "met", rig.pipeline(kernels, "met"), {rig.buffer("a", 32)}, 32);
  [encoder endEncoding];
  finish(buffer);
  expectFindings({});
}
TEST("without tracking nothing is found and results are the same") {
  setenv("SOFTMETAL_TRACK", "0", 1);
  Rig rig;
  chain(rig, true);
  id<MTLCommandBuffer> buffer = chain(rig, false);
  unsetenv("SOFTMETAL_TRACK");
  expect(buffer.status == MTLCommandBufferStatusCompleted, "it failed");
  expectFindings({});
}
