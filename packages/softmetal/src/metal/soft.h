/** The classes behind the protocols. C++ state hangs on pointers: this runtime constructs no C++ members. */
#pragma once
#import <Metal/Metal.h>

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "../device/commands.h"
#include "../msl/compiler.h"

namespace softmetal {

inline std::string text(NSString *string) {
  const char *bytes = [string UTF8String];
  return bytes == nullptr ? "" : bytes;
}
inline NSString *string(const std::string &bytes) { return [NSString stringWithUTF8String:bytes.c_str()]; }
NSError *makeError(NSString *domain, NSInteger code, const std::string &description);
/** A misuse of the API: reported at once. */
void misuse(const std::string &what);

/** State of a queue that its command buffers share. */
struct QueueState {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned most = 64;
  unsigned alive = 0;      // made and not completed or given up
  unsigned committed = 0;  // of these, committed
  /** Numbers of command buffers that are made and not committed. */
  std::list<std::uint64_t> open;
  std::uint64_t made = 0;
};

}  // namespace softmetal

@interface SoftDevice : NSObject <MTLDevice>
@end

@interface SoftBuffer : NSObject <MTLBuffer> {
 @public
  std::shared_ptr<softmetal::Memory> *_memory;
  MTLResourceOptions _options;
  NSString *_label;
  /** The command buffer that named it last, and its number there. */
  std::uint64_t _user;
  std::uint32_t _number;
}
- (id)initWithMemory:(std::shared_ptr<softmetal::Memory>)memory options:(MTLResourceOptions)options;
@end

@interface SoftFence : NSObject <MTLFence> {
 @public
  std::shared_ptr<softmetal::FenceState> *_state;
  NSString *_label;
}
@end

@interface SoftLibrary : NSObject <MTLLibrary> {
 @public
  std::shared_ptr<softmetal::Library> *_library;
  NSString *_label;
}
- (id)initWithLibrary:(std::shared_ptr<softmetal::Library>)library;
@end

@interface SoftFunction : NSObject <MTLFunction> {
 @public
  std::shared_ptr<softmetal::Library> *_library;
  std::string *_name;
  softmetal::ConstantValues *_constants;
  NSString *_label;
}
- (id)initWithLibrary:(std::shared_ptr<softmetal::Library>)library
                 name:(const std::string &)name
            constants:(const softmetal::ConstantValues &)constants;
@end

@interface SoftPipeline : NSObject <MTLComputePipelineState> {
 @public
  std::shared_ptr<softmetal::Program> *_program;
  NSString *_label;
  NSUInteger _maxThreads;
  /** Bits of the indices that its kernel reads buffers from. */
  std::uint32_t _indices;
}
- (id)initWithProgram:(std::shared_ptr<softmetal::Program>)program
                label:(NSString *)label
           maxThreads:(NSUInteger)maxThreads;
@end

@interface SoftQueue : NSObject <MTLCommandQueue> {
 @public
  std::shared_ptr<softmetal::QueueState> *_state;
  NSString *_label;
}
- (id)initWithMost:(NSUInteger)most;
@end

@interface SoftCommandBuffer : NSObject <MTLCommandBuffer> {
 @public
  std::shared_ptr<softmetal::CommandBufferRecord> *_record;
  std::shared_ptr<softmetal::QueueState> *_queueState;
  SoftQueue *_queue;
  NSString *_label;
  std::vector<MTLCommandBufferHandler> *_scheduledHandlers;
  std::vector<MTLCommandBufferHandler> *_completedHandlers;
  NSError *_error;
  std::mutex *_mutex;
  std::condition_variable *_changed;
  MTLCommandBufferStatus _status;
  MTLCommandBufferErrorOption _errorOptions;
  BOOL _retained;
  BOOL _hasOpenEncoder;
  std::uint64_t _number;
  /** Unlike that of any other of the process. */
  std::uint64_t _identity;
}
- (id)initWithQueue:(SoftQueue *)queue
           retained:(BOOL)retained
       errorOptions:(MTLCommandBufferErrorOption)errorOptions
             number:(std::uint64_t)number;
/** Reports a misuse; before the commit it fails the command buffer as well. */
- (void)misused:(const std::string &)what code:(NSInteger)code;
/** Which of the record's memories a buffer is. */
- (std::uint32_t)number:(SoftBuffer *)buffer;
@end

@interface SoftEncoder : NSObject <MTLCommandEncoder> {
 @public
  std::shared_ptr<softmetal::EncoderRecord> *_encoder;
  SoftCommandBuffer *_buffer;
  NSString *_label;
  /** Which of the record's labels the next command has, and those of the open groups. */
  std::uint32_t _signpost;
  std::vector<std::uint32_t> *_groups;
}
- (id)initWithBuffer:(SoftCommandBuffer *)buffer compute:(BOOL)compute concurrent:(BOOL)concurrent;
- (void)updateFence:(id<MTLFence>)fence;
- (void)waitForFence:(id<MTLFence>)fence;
@end

@interface SoftComputeEncoder : SoftEncoder <MTLComputeCommandEncoder> {
 @public
  SoftPipeline *_pipeline;
  std::array<softmetal::Binding, softmetal::slots> *_bindings;
  /** Bits of the indices that were set since the last dispatch, and of those that hold something. */
  std::uint32_t _fresh, _held;
  softmetal::ThreadgroupMemory *_threadgroupMemory;
  BOOL _threadgroupMemoryChanged;
  BOOL _concurrent;
}
@end

@interface SoftBlitEncoder : SoftEncoder <MTLBlitCommandEncoder>
@end

@interface SoftCapture : NSObject
/** Writes down what a command buffer is made of, when it is captured. */
+ (void)committed:(softmetal::CommandBufferRecord &)record;
+ (BOOL)isCapturing;
@end
