/** Life cycles, failures on command, captures, and that nothing leaks. */
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness.h"

namespace {

const char *const put = "#include <metal_stdlib>\nusing namespace metal;\n"
                        "kernel void put(device float *out [[buffer(0)]], uint i "
                        "[[thread_position_in_grid]]) { out[i] = float(i); }\n";

id<MTLCommandBuffer> submit(Rig &rig, id<MTLComputePipelineState> pipeline, id<MTLBuffer> a,
                            const char *label = "work") {
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  buffer.label = string(label);
  id<MTLComputeCommandEncoder> encoder =
      [buffer computeCommandEncoderWithDispatchType:MTLDispatchTypeConcurrent];
  encoder.label = @"pass";
  rig.dispatch(encoder, "put", pipeline, {a}, a.length / 4);
  [encoder endEncoding];
  [buffer commit];
  return buffer;
}

long residentPages() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return resident;
}

}  // namespace

TEST("handlers run on a thread of Metal's, in order, and see the status") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64);
  id<MTLComputePipelineState> pipeline = rig.pipeline(put, "put");
  std::atomic<int> count{0};
  std::atomic<int> *const calls = &count;
  const std::thread::id here = std::this_thread::get_id();
  __block bool elsewhere = false;
  id<MTLCommandBuffer> last = nil;
  for (int i = 0; i < 3; i++) {
    id<MTLCommandBuffer> buffer = rig.commandBuffer();
    id<MTLComputeCommandEncoder> encoder = [buffer computeCommandEncoder];
    rig.dispatch(encoder, "put", pipeline, {a}, 64);
    [encoder endEncoding];
    [buffer addCompletedHandler:^(id<MTLCommandBuffer> done) {
      if (*calls == i && done.status == MTLCommandBufferStatusCompleted) (*calls)++;
      elsewhere = std::this_thread::get_id() != here;
    }];
    [buffer commit];
    last = buffer;
    [last waitUntilCompleted];
  }
  for (int i = 0; i < 1000 && *calls < 3; i++) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  expect(*calls == 3 && elsewhere, "handlers");
  expect(last.GPUEndTime >= last.GPUStartTime && last.GPUStartTime > 0, "times");
  expectFindings({});
}
TEST("allocation, library and pipeline fail on command, then work again") {
  Rig rig;
  setenv("SOFTMETAL_FAIL", "allocation:2,library:1,pipeline:1", 1);
  id<MTLBuffer> one = [rig.device newBufferWithLength:64 options:0], two = [rig.device newBufferWithLength:64
                                                                                                   options:0];
  id<MTLBuffer> three = [rig.device newBufferWithLength:64 options:0];
  expect(one != nil && two == nil && three != nil, "allocations");
  NSError *error = nil;
  expect([rig.device newLibraryWithSource:string(put) options:nil error:&error] == nil && error != nil,
         "library");
  id<MTLLibrary> library = [rig.device newLibraryWithSource:string(put) options:nil error:nullptr];
  id<MTLFunction> function = [library newFunctionWithName:@"put"];
  error = nil;
  expect([rig.device newComputePipelineStateWithFunction:function error:&error] == nil && error != nil,
         "pipeline");
  id<MTLComputePipelineState> state = [rig.device newComputePipelineStateWithFunction:function error:nullptr];
  expect(state != nil, "a pipeline afterwards");
  [state release];
  [function release];
  [library release];
  [one release];
  [three release];
}
TEST("a command buffer fails with each error code, and says which encoder") {
  Rig rig(MTLResourceHazardTrackingModeTracked);
  id<MTLBuffer> a = rig.buffer("a", 64);
  id<MTLComputePipelineState> pipeline = rig.pipeline(put, "put");
  for (const int code : {1, 2, 3, 4, 8, 9, 11}) {
    setenv("SOFTMETAL_FAIL", ("commit:2:" + std::to_string(code)).c_str(), 1);
    id<MTLCommandBuffer> first = submit(rig, pipeline, a), second = submit(rig, pipeline, a),
                         third = submit(rig, pipeline, a);
    [third waitUntilCompleted];
    expect(first.status == MTLCommandBufferStatusCompleted && third.status == MTLCommandBufferStatusCompleted,
           "the others");
    expect(second.status == MTLCommandBufferStatusError && second.error.code == code,
           "code " + std::to_string(code));
    expect([second.error.domain isEqual:MTLCommandBufferErrorDomain], "domain");
    NSArray *encoders = [second.error.userInfo objectForKey:MTLCommandBufferEncoderInfoErrorKey];
    id<MTLCommandBufferEncoderInfo> info = [encoders objectAtIndex:0];
    expect([info.label isEqual:@"pass"] && [[info.debugSignposts objectAtIndex:0] isEqual:@"put"],
           "encoder info");
    expect(info.errorState == MTLCommandEncoderErrorStateAffected, "state");
  }
  SoftmetalTakeFindings();
}
TEST("a removed device fails everything from then on") {
  Rig rig(MTLResourceHazardTrackingModeTracked);
  id<MTLBuffer> a = rig.buffer("a", 64);
  id<MTLComputePipelineState> pipeline = rig.pipeline(put, "put");
  setenv("SOFTMETAL_FAIL", "remove:2", 1);
  id<MTLCommandBuffer> one = submit(rig, pipeline, a), two = submit(rig, pipeline, a),
                       three = submit(rig, pipeline, a);
  [three waitUntilCompleted];
  expect(one.error == nil && two.error.code == MTLCommandBufferErrorDeviceRemoved && three.error.code == 11,
         "codes");
  expect([rig.device newBufferWithLength:64 options:0] == nil, "memory of a removed device");
  unsetenv("SOFTMETAL_FAIL");
  id<MTLCommandBuffer> again = submit(rig, pipeline, a);
  [again waitUntilCompleted];
  expect(again.status == MTLCommandBufferStatusCompleted, "the device did not come back for the next test");
  SoftmetalTakeFindings();
}
TEST("captures: who may, what is refused, what is written") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64);
  id<MTLComputePipelineState> pipeline = rig.pipeline(put, "put");
  NSString *path = [NSTemporaryDirectory()
      stringByAppendingPathComponent:[[NSProcessInfo processInfo] globallyUniqueString]];
  MTLCaptureManager *manager = [MTLCaptureManager sharedCaptureManager];
  MTLCaptureDescriptor *descriptor = [[[MTLCaptureDescriptor alloc] init] autorelease];
  descriptor.captureObject = rig.device;
  descriptor.destination = MTLCaptureDestinationGPUTraceDocument;
  descriptor.outputURL = [NSURL fileURLWithPath:path];
  unsetenv("MTL_CAPTURE_ENABLED");
  NSError *error = nil;
  expect(![manager supportsDestination:MTLCaptureDestinationGPUTraceDocument],
         "supported without the variable");
  expect(![manager startCaptureWithDescriptor:descriptor error:&error] &&
             error.code == MTLCaptureErrorNotSupported,
         "not permitted");
  setenv("MTL_CAPTURE_ENABLED", "1", 1);
  setenv("SOFTMETAL_FAIL", "capture", 1);
  error = nil;
  expect(![manager startCaptureWithDescriptor:descriptor error:&error] && error != nil, "fails on command");
  unsetenv("SOFTMETAL_FAIL");
  id<MTLCommandBuffer> early = rig.commandBuffer();
  early.label = @"made before the start";
  expect([manager startCaptureWithDescriptor:descriptor error:nullptr] && manager.isCapturing, "start");
  expect(![manager startCaptureWithDescriptor:descriptor error:&error] &&
             error.code == MTLCaptureErrorAlreadyCapturing,
         "twice");
  [early commit];
  [submit(rig, pipeline, a, "inside") waitUntilCompleted];
  [manager stopCapture];
  [submit(rig, pipeline, a, "after the stop") waitUntilCompleted];
  error = nil;
  expect(![manager startCaptureWithDescriptor:descriptor error:&error] &&
             error.code == MTLCaptureErrorInvalidDescriptor,
         "an output that exists");
  NSString *text = [NSString stringWithContentsOfFile:[path stringByAppendingPathComponent:@"commands.txt"]];
  expect([text isEqual:@"commandBuffer inside\n  computeEncoder pass\n    dispatch put put\n"],
         text == nil ? "nothing" : text.UTF8String);
  [[NSFileManager defaultManager] removeFileAtPath:path handler:nil];
  unsetenv("MTL_CAPTURE_ENABLED");
  expectFindings({});
}
TEST("blits inside their buffers, in whole words, are silent") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64), b = rig.buffer("b", 64);
  for (int i = 0; i < 64; i++) floats(a)[i] = float(i);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLBlitCommandEncoder> encoder = [buffer blitCommandEncoder];
  [encoder fillBuffer:b range:NSMakeRange(0, 256) value:0];
  [encoder copyFromBuffer:a sourceOffset:16 toBuffer:b destinationOffset:32 size:8];
  [encoder endEncoding];
  [buffer commit];
  [buffer waitUntilCompleted];
  expect(floats(b)[8] == 4.0f && floats(b)[9] == 5.0f && floats(b)[10] == 0.0f, "a wrong result");
  expectFindings({});
}
TEST("a blit past the end is out of bounds") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64), b = rig.buffer("b", 64);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLBlitCommandEncoder> encoder = [buffer blitCommandEncoder];
  [encoder copyFromBuffer:a sourceOffset:252 toBuffer:b destinationOffset:0 size:8];
  [encoder endEncoding];
  [buffer commit];
  [buffer waitUntilCompleted];
  expectFindings({"out of bounds: a blit of 8 bytes at 252"});
  expect(buffer.error.code == MTLCommandBufferErrorInvalidResource, "another code");
}
TEST("blits of parts of words are found") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64), b = rig.buffer("b", 64);
  for (int which = 0; which < 3; which++) {
    id<MTLCommandBuffer> buffer = rig.commandBuffer();
    id<MTLBlitCommandEncoder> encoder = [buffer blitCommandEncoder];
    if (which == 0) [encoder fillBuffer:b range:NSMakeRange(2, 4) value:0];
    if (which == 1) [encoder copyFromBuffer:a sourceOffset:0 toBuffer:b destinationOffset:1 size:4];
    if (which == 2) [encoder copyFromBuffer:a sourceOffset:0 toBuffer:b destinationOffset:0 size:6];
    [encoder endEncoding];
    [buffer commit];
    [buffer waitUntilCompleted];
    expectFindings({"whole words"});
    expect(buffer.status == MTLCommandBufferStatusError, "the command buffer did not fail");
  }
}
TEST("nothing leaks over 2,000 submissions") {
  Rig rig;
  id<MTLBuffer> a = rig.buffer("a", 64);
  id<MTLComputePipelineState> pipeline = rig.pipeline(put, "put");
  const NSUInteger before = rig.device.currentAllocatedSize;
  long settled = 0;
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < 500; i++) {
      @autoreleasepool {
        id<MTLBuffer> own = [rig.device newBufferWithLength:4096
                                                    options:MTLResourceHazardTrackingModeUntracked];
        [submit(rig, pipeline, i % 2 == 0 ? own : a) waitUntilCompleted];
        [own release];
      }
    }
    if (round == 0) settled = residentPages();
  }
  expectFindings({});
  expect(rig.device.currentAllocatedSize <= before + 4096, "device memory leaks");
  // AddressSanitizer keeps what is freed for a while, and looks for leaks itself.
#if !__has_feature(address_sanitizer)
  expect(residentPages() - settled < 1024,
         "memory of the host grew by " + std::to_string((residentPages() - settled) * 4) + " KiB");
#else
  (void)settled;
#endif
}
