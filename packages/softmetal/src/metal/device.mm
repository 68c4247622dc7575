#include <thread>

#include "../device/findings.h"
#include "../device/settings.h"
#include "../../include/Softmetal/Softmetal.h"
#include "soft.h"

using namespace softmetal;

namespace softmetal {

NSError *makeError(NSString *domain, NSInteger code, const std::string &description) {
  NSDictionary *info = [NSDictionary dictionaryWithObject:string(description)
                                                   forKey:NSLocalizedDescriptionKey];
  return [NSError errorWithDomain:domain code:code userInfo:info];
}

void misuse(const std::string &what) { Findings::shared().add(what); }

namespace {

constexpr NSUInteger mostThreads = 1024;
constexpr NSUInteger mostThreadgroupMemory = 32768;

std::map<std::string, std::string> macrosOf(MTLCompileOptions *options) {
  std::map<std::string, std::string> macros;
  for (NSString *key in options.preprocessorMacros)
    macros[text(key)] = text([[options.preprocessorMacros objectForKey:key] description]);
  return macros;
}

}  // namespace
}  // namespace softmetal

id<MTLDevice> MTLCreateSystemDefaultDevice(void) {
  static SoftDevice *const device = [[SoftDevice alloc] init];
  return [device retain];
}

NSArray *MTLCopyAllDevices(void) {
  id<MTLDevice> device = MTLCreateSystemDefaultDevice();
  NSArray *all = [[NSArray alloc] initWithObjects:device, nil];
  [device release];
  return all;
}

void SoftmetalSetSeed(uint64_t seed) { Settings::shared().setSeed(seed); }
uint64_t SoftmetalSeed(void) { return Settings::shared().seed(); }
NSArray *SoftmetalTakeFindings(void) {
  NSMutableArray *all = [NSMutableArray array];
  for (const auto &finding : Findings::shared().take()) [all addObject:string(finding)];
  return all;
}

@implementation SoftDevice
- (NSString *)name {
  return @"softmetal (software, for tests)";
}
- (uint64_t)registryID {
  return 1;
}
- (MTLSize)maxThreadsPerThreadgroup {
  return MTLSizeMake(mostThreads, mostThreads, mostThreads);
}
- (NSUInteger)maxThreadgroupMemoryLength {
  return mostThreadgroupMemory;
}
- (BOOL)hasUnifiedMemory {
  return YES;
}
- (BOOL)isLowPower {
  return NO;
}
- (BOOL)isHeadless {
  return YES;
}
- (BOOL)isRemovable {
  return NO;
}
- (uint64_t)recommendedMaxWorkingSetSize {
  return Arena::mostBytes;
}
- (NSUInteger)maxBufferLength {
  return Arena::mostBytes;
}
- (NSUInteger)currentAllocatedSize {
  return Arena::shared().allocated();
}
- (BOOL)supportsFamily:(MTLGPUFamily)gpuFamily {
  return (gpuFamily >= MTLGPUFamilyApple1 && gpuFamily <= MTLGPUFamilyApple7) ||
         (gpuFamily >= MTLGPUFamilyCommon1 && gpuFamily <= MTLGPUFamilyCommon3) ||
         gpuFamily == MTLGPUFamilyMetal3;
}
- (id<MTLCommandQueue>)newCommandQueue {
  return [self newCommandQueueWithMaxCommandBufferCount:64];
}
- (id<MTLCommandQueue>)newCommandQueueWithMaxCommandBufferCount:(NSUInteger)maxCommandBufferCount {
  return [[SoftQueue alloc] initWithMost:maxCommandBufferCount];
}
- (id<MTLBuffer>)newBufferWithLength:(NSUInteger)length options:(MTLResourceOptions)options {
  if (Settings::shared().removed() || Settings::shared().fails("allocation")) return nil;
  const bool untracked = (options & MTLResourceHazardTrackingModeUntracked) != 0;
  const bool isShared = ((options >> MTLResourceStorageModeShift) & 15) != MTLStorageModePrivate;
  auto memory = Arena::shared().allocate(length, !untracked, isShared);
  if (!memory) return nil;
  return [[SoftBuffer alloc] initWithMemory:std::move(memory) options:options];
}
- (id<MTLBuffer>)newBufferWithBytes:(const void *)pointer
                             length:(NSUInteger)length
                            options:(MTLResourceOptions)options {
  SoftBuffer *buffer = [self newBufferWithLength:length options:options];
  if (buffer != nil) memcpy((*buffer->_memory)->base, pointer, length);
  return buffer;
}
- (id<MTLFence>)newFence {
  return [[SoftFence alloc] init];
}
- (id<MTLLibrary>)newLibraryWithSource:(NSString *)source
                               options:(MTLCompileOptions *)options
                                 error:(NSError **)error {
  std::string why = "program_source:1:1: error: fails on command\n";
  std::shared_ptr<Library> library;
  if (!Settings::shared().fails("library"))
    library = Compiler::tryLibrary(text(source), macrosOf(options), why);
  if (library) return [[SoftLibrary alloc] initWithLibrary:std::move(library)];
  if (error != nullptr) *error = makeError(MTLLibraryErrorDomain, MTLLibraryErrorCompileFailure, why);
  return nil;
}
- (void)newLibraryWithSource:(NSString *)source
                     options:(MTLCompileOptions *)options
           completionHandler:(MTLNewLibraryCompletionHandler)completionHandler {
  NSString *kept = [source copy];
  MTLCompileOptions *chosen = [options copy];
  MTLNewLibraryCompletionHandler handler = [completionHandler copy];
  std::thread([self, kept, chosen, handler] {
    GSRegisterCurrentThread();
    @autoreleasepool {
      NSError *error = nil;
      id<MTLLibrary> library = [self newLibraryWithSource:kept options:chosen error:&error];
      handler(library, error);
      [library release];
      [kept release];
      [chosen release];
      [handler release];
    }
    GSUnregisterCurrentThread();
  }).detach();
}
- (id<MTLComputePipelineState>)newComputePipelineStateWithFunction:(id<MTLFunction>)computeFunction
                                                             error:(NSError **)error {
  MTLComputePipelineDescriptor *descriptor = [[[MTLComputePipelineDescriptor alloc] init] autorelease];
  descriptor.computeFunction = computeFunction;
  return [self newComputePipelineStateWithDescriptor:descriptor
                                             options:MTLPipelineOptionNone
                                          reflection:nullptr
                                               error:error];
}
- (void)newComputePipelineStateWithFunction:(id<MTLFunction>)computeFunction
                          completionHandler:(MTLNewComputePipelineStateCompletionHandler)completionHandler {
  id<MTLFunction> kept = [computeFunction retain];
  MTLNewComputePipelineStateCompletionHandler handler = [completionHandler copy];
  std::thread([self, kept, handler] {
    GSRegisterCurrentThread();
    @autoreleasepool {
      NSError *error = nil;
      id<MTLComputePipelineState> state = [self newComputePipelineStateWithFunction:kept error:&error];
      handler(state, error);
      [state release];
      [kept release];
      [handler release];
    }
    GSUnregisterCurrentThread();
  }).detach();
}
- (id<MTLComputePipelineState>)
    newComputePipelineStateWithDescriptor:(MTLComputePipelineDescriptor *)descriptor
                                  options:(MTLPipelineOption)options
                               reflection:(MTLAutoreleasedComputePipelineReflection *)reflection
                                    error:(NSError **)error {
  (void)options;
  (void)reflection;
  const auto refuse = [&](const std::string &why) {
    if (error != nullptr) *error = makeError(MTLLibraryErrorDomain, MTLLibraryErrorCompileFailure, why);
    return nil;
  };
  SoftFunction *function = descriptor.computeFunction;
  if (function == nil) return refuse("a pipeline needs a compute function");
  if (Settings::shared().fails("pipeline")) return refuse("program_source:1:1: error: fails on command\n");
  std::string why;
  auto program = Compiler::tryProgram(**function->_library, *function->_name, *function->_constants,
                                      Settings::shared().track(), why);
  if (!program) return refuse(why);
  if (static_cast<NSUInteger>(program->threadgroupEnd - program->threadgroupBegin) > mostThreadgroupMemory)
    return refuse("kernel '" + *function->_name + "' declares more than 32768 bytes of threadgroup memory");
  NSUInteger most = descriptor.maxTotalThreadsPerThreadgroup;
  if (most == 0) most = program->source.maxThreads != 0 ? program->source.maxThreads : mostThreads;
  return [[SoftPipeline alloc] initWithProgram:std::move(program)
                                         label:descriptor.label
                                    maxThreads:std::min(most, mostThreads)];
}
@end

@implementation SoftBuffer
- (id)initWithMemory:(std::shared_ptr<Memory>)memory options:(MTLResourceOptions)options {
  if ((self = [super init])) {
    _memory = new std::shared_ptr<Memory>(std::move(memory));
    _options = options;
  }
  return self;
}
- (void)dealloc {
  delete _memory;
  [_label release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [MTLCreateSystemDefaultDevice() autorelease];
}
- (MTLCPUCacheMode)cpuCacheMode {
  return static_cast<MTLCPUCacheMode>(_options & 15);
}
- (MTLStorageMode)storageMode {
  return static_cast<MTLStorageMode>(_options >> MTLResourceStorageModeShift & 15);
}
- (MTLHazardTrackingMode)hazardTrackingMode {
  return (*_memory)->tracked ? MTLHazardTrackingModeTracked : MTLHazardTrackingModeUntracked;
}
- (MTLResourceOptions)resourceOptions {
  return _options;
}
- (NSUInteger)allocatedSize {
  return (*_memory)->length;
}
- (NSUInteger)length {
  return (*_memory)->length;
}
- (void *)contents {
  if ((*_memory)->shared) return (*_memory)->base;
  misuse("contents of a private buffer were asked for");
  return nullptr;
}
- (void)didModifyRange:(NSRange)range {
  (void)range;
}
- (uint64_t)gpuAddress {
  return reinterpret_cast<uint64_t>((*_memory)->base);
}
- (NSString *)label {
  return _label;
}
- (void)setLabel:(NSString *)label {
  if (label == _label) return;
  [_label release];
  _label = [label copy];
  (*_memory)->label = text(label);
}
@end

@implementation SoftFence
- (id)init {
  if ((self = [super init])) _state = new std::shared_ptr<FenceState>(std::make_shared<FenceState>());
  return self;
}
- (void)dealloc {
  delete _state;
  [_label release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [MTLCreateSystemDefaultDevice() autorelease];
}
- (NSString *)label {
  return _label;
}
- (void)setLabel:(NSString *)label {
  if (label == _label) return;
  [_label release];
  _label = [label copy];
  const std::lock_guard<std::mutex> lock((*_state)->mutex);
  (*_state)->label = text(label);
}
@end
