#include <atomic>

#include "../device/executor.h"
#include "../device/findings.h"
#include "../device/settings.h"
#include "soft.h"

using namespace softmetal;

NSString *const MTLCommandBufferErrorDomain = @"MTLCommandBufferErrorDomain";
NSString *const MTLCommandBufferEncoderInfoErrorKey = @"MTLCommandBufferEncoderInfoErrorKey";

@interface SoftEncoderInfo : NSObject <MTLCommandBufferEncoderInfo> {
  NSString *_label;
  NSArray *_debugSignposts;
  MTLCommandEncoderErrorState _errorState;
}
- (id)initWithEncoder:(const EncoderRecord &)encoder;
@end

@implementation SoftEncoderInfo
- (id)initWithEncoder:(const EncoderRecord &)encoder {
  if ((self = [super init])) {
    NSMutableArray *signposts = [NSMutableArray array];
    for (const std::uint32_t s : encoder.signposts) [signposts addObject:string(encoder.labels[s].text())];
    _label = [string(encoder.label) copy];
    _debugSignposts = [signposts copy];
    _errorState = encoder.state == EncoderRecord::State::completed  ? MTLCommandEncoderErrorStateCompleted
                  : encoder.state == EncoderRecord::State::faulted  ? MTLCommandEncoderErrorStateFaulted
                  : encoder.state == EncoderRecord::State::affected ? MTLCommandEncoderErrorStateAffected
                                                                    : MTLCommandEncoderErrorStatePending;
  }
  return self;
}
- (void)dealloc {
  [_label release];
  [_debugSignposts release];
  [super dealloc];
}
@synthesize label = _label;
@synthesize debugSignposts = _debugSignposts;
@synthesize errorState = _errorState;
@end

@implementation SoftQueue
- (id)initWithMost:(NSUInteger)most {
  if ((self = [super init])) {
    _state = new std::shared_ptr<QueueState>(std::make_shared<QueueState>());
    (*_state)->most = static_cast<unsigned>(most);
  }
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
- (id<MTLCommandBuffer>)makeRetained:(BOOL)retained errorOptions:(MTLCommandBufferErrorOption)options {
  QueueState &state = **_state;
  std::unique_lock<std::mutex> lock(state.mutex);
  if (state.alive >= state.most && state.committed == 0) {
    misuse("more than " + std::to_string(state.most) + " command buffers of queue '" + text(_label) +
           "' are open and none is committed: Metal would wait for ever");
    return nil;
  }
  state.changed.wait(lock, [&] { return state.alive < state.most; });
  state.alive++;
  state.open.push_back(++state.made);
  return [[[SoftCommandBuffer alloc] initWithQueue:self
                                          retained:retained
                                      errorOptions:options
                                            number:state.made] autorelease];
}
- (id<MTLCommandBuffer>)commandBuffer {
  return [self makeRetained:YES errorOptions:MTLCommandBufferErrorOptionNone];
}
- (id<MTLCommandBuffer>)commandBufferWithUnretainedReferences {
  return [self makeRetained:NO errorOptions:MTLCommandBufferErrorOptionNone];
}
- (id<MTLCommandBuffer>)commandBufferWithDescriptor:(MTLCommandBufferDescriptor *)descriptor {
  return [self makeRetained:descriptor.retainedReferences errorOptions:descriptor.errorOptions];
}
@synthesize label = _label;
@end

@interface SoftCommandBuffer (Ends)
- (void)scheduled;
- (void)completed;
@end

@implementation SoftCommandBuffer
- (id)initWithQueue:(SoftQueue *)queue
           retained:(BOOL)retained
       errorOptions:(MTLCommandBufferErrorOption)errorOptions
             number:(std::uint64_t)number {
  if ((self = [super init])) {
    _record = new std::shared_ptr<CommandBufferRecord>(std::make_shared<CommandBufferRecord>());
    (*_record)->captured = [SoftCapture isCapturing];
    static std::atomic<std::uint64_t> identities{0};
    _identity = ++identities;
    _queue = [queue retain];
    _queueState = new std::shared_ptr<QueueState>(*queue->_state);
    _scheduledHandlers = new std::vector<MTLCommandBufferHandler>();
    _completedHandlers = new std::vector<MTLCommandBufferHandler>();
    _mutex = new std::mutex();
    _changed = new std::condition_variable();
    _retained = retained;
    _errorOptions = errorOptions;
    _number = number;
  }
  return self;
}
- (void)dealloc {
  if (_status < MTLCommandBufferStatusCommitted) {
    QueueState &state = **_queueState;
    const std::lock_guard<std::mutex> lock(state.mutex);
    state.alive--;
    state.open.remove(_number);
    state.changed.notify_all();
  }
  delete _record;
  delete _queueState;
  delete _mutex;
  delete _changed;
  [_queue release];
  [_label release];
  delete _scheduledHandlers;
  delete _completedHandlers;
  [_error release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [_queue device];
}
- (id<MTLCommandQueue>)commandQueue {
  return _queue;
}
- (BOOL)retainedReferences {
  return _retained;
}
- (MTLCommandBufferErrorOption)errorOptions {
  return _errorOptions;
}
- (NSString *)label {
  return _label;
}
- (void)setLabel:(NSString *)label {
  if (label == _label) return;
  [_label release];
  _label = [label copy];
  (*_record)->label = text(label);
}
- (NSTimeInterval)kernelStartTime {
  return (*_record)->start;
}
- (NSTimeInterval)kernelEndTime {
  return (*_record)->end;
}
- (NSTimeInterval)GPUStartTime {
  return (*_record)->start;
}
- (NSTimeInterval)GPUEndTime {
  return (*_record)->end;
}
- (MTLCommandBufferStatus)status {
  const std::lock_guard<std::mutex> lock(*_mutex);
  return _status;
}
- (NSError *)error {
  const std::lock_guard<std::mutex> lock(*_mutex);
  return _error;
}
- (void)enqueue {
  const std::lock_guard<std::mutex> lock(*_mutex);
  if (_status == MTLCommandBufferStatusNotEnqueued) _status = MTLCommandBufferStatusEnqueued;
}
- (void)addScheduledHandler:(MTLCommandBufferHandler)block {
  _scheduledHandlers->push_back(Block_copy(block));
}
- (void)addCompletedHandler:(MTLCommandBufferHandler)block {
  if (_status >= MTLCommandBufferStatusCommitted) misuse("a completed handler was added after the commit");
  _completedHandlers->push_back(Block_copy(block));
}
- (void)commit {
  if (_status >= MTLCommandBufferStatusCommitted)
    return misuse("command buffer '" + text(_label) + "' was committed twice");
  CommandBufferRecord &record = **_record;
  if (_hasOpenEncoder) {
    [self misused:"encoder '" + record.encoders.back()->label +
                  "' was left open at the commit of command buffer '" + record.label + "'"
             code:MTLCommandBufferErrorInternal];
  }
  {
    QueueState &state = **_queueState;
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (!state.open.empty() && state.open.front() != _number) {
      [self misused:"commit out of order: command buffer '" + record.label +
                    "' was committed before one that was made earlier"
               code:MTLCommandBufferErrorInternal];
    }
    state.open.remove(_number);
    state.committed++;
  }
  if (const int code = Settings::shared().commitError(); code != 0)
    record.fail(code, "fails on command with code " + std::to_string(code));
  [SoftCapture committed:record];
  {
    const std::lock_guard<std::mutex> lock(*_mutex);
    _status = MTLCommandBufferStatusCommitted;
  }
  [self retain];  // until completed
  SoftCommandBuffer *const buffer = self;
  record.scheduled = [buffer] { [buffer scheduled]; };
  record.completed = [buffer] { [buffer completed]; };
  Executor::shared().commit(*_record);
}
// Blocks of this runtime are no Objective-C objects: they are copied and released by hand.
- (void)call:(std::vector<MTLCommandBufferHandler> *)handlers {
  for (MTLCommandBufferHandler handler : *handlers) {
    handler(self);
    Block_release(handler);
  }
  handlers->clear();
}
- (void)scheduled {
  GSRegisterCurrentThread();
  @autoreleasepool {
    {
      const std::lock_guard<std::mutex> lock(*_mutex);
      if (_status < MTLCommandBufferStatusScheduled) _status = MTLCommandBufferStatusScheduled;
      _changed->notify_all();
    }
    [self call:_scheduledHandlers];
  }
}
- (NSError *)errorOf:(const CommandBufferRecord &)record {
  NSMutableDictionary *info = [NSMutableDictionary dictionary];
  [info setObject:string(record.message) forKey:NSLocalizedDescriptionKey];
  if ((_errorOptions & MTLCommandBufferErrorOptionEncoderExecutionStatus) != 0) {
    NSMutableArray *encoders = [NSMutableArray array];
    for (const auto &encoder : record.encoders) {
      SoftEncoderInfo *one = [[SoftEncoderInfo alloc] initWithEncoder:*encoder];
      [encoders addObject:one];
      [one release];
    }
    [info setObject:encoders forKey:MTLCommandBufferEncoderInfoErrorKey];
  }
  return [NSError errorWithDomain:MTLCommandBufferErrorDomain code:record.error userInfo:info];
}
- (void)completed {
  GSRegisterCurrentThread();
  @autoreleasepool {
    CommandBufferRecord &record = **_record;
    {
      const std::lock_guard<std::mutex> lock(*_mutex);
      if (record.error != 0) _error = [[self errorOf:record] retain];
      _status = record.error != 0 ? MTLCommandBufferStatusError : MTLCommandBufferStatusCompleted;
      _changed->notify_all();
    }
    // What it holds is given back before anybody hears of the end.
    record.release();
    record.scheduled = nullptr;
    {
      QueueState &state = **_queueState;
      const std::lock_guard<std::mutex> lock(state.mutex);
      state.alive--;
      state.committed--;
      state.changed.notify_all();
    }
    [self call:_completedHandlers];
    [self release];
  }
}
- (void)waitUntilScheduled {
  std::unique_lock<std::mutex> lock(*_mutex);
  _changed->wait(lock, [self] { return _status >= MTLCommandBufferStatusScheduled; });
}
- (void)waitUntilCompleted {
  if (_status < MTLCommandBufferStatusCommitted)
    return misuse("waits for a command buffer that is not committed");
  {
    std::unique_lock<std::mutex> lock(*_mutex);
    _changed->wait(lock, [self] { return _status >= MTLCommandBufferStatusCompleted; });
  }
  Executor::shared().observed((*_record)->serial);
}
- (void)misused:(const std::string &)what code:(NSInteger)code {
  misuse(what);
  if (_status < MTLCommandBufferStatusCommitted) (*_record)->fail(static_cast<int>(code), what);
}
- (std::uint32_t)number:(SoftBuffer *)buffer {
  if (buffer->_user == _identity) return buffer->_number;
  auto &memories = (*_record)->memories;
  MemoryRef ref;
  if (_retained) ref.strong = *buffer->_memory;
  ref.weak = *buffer->_memory;
  buffer->_user = _identity;
  buffer->_number = static_cast<std::uint32_t>(memories.size());
  memories.push_back(std::move(ref));
  return buffer->_number;
}
- (BOOL)mayOpen {
  if (_status >= MTLCommandBufferStatusCommitted) {
    misuse("an encoder was asked of command buffer '" + text(_label) + "' after its commit");
    return NO;
  }
  if (_hasOpenEncoder) {
    [self misused:"an encoder was opened while encoder '" + (*_record)->encoders.back()->label +
                  "' was left open"
             code:MTLCommandBufferErrorInternal];
    return NO;
  }
  return YES;
}
- (id<MTLBlitCommandEncoder>)blitCommandEncoder {
  if (![self mayOpen]) return nil;
  return [[[SoftBlitEncoder alloc] initWithBuffer:self compute:NO concurrent:NO] autorelease];
}
- (id<MTLComputeCommandEncoder>)computeCommandEncoder {
  return [self computeCommandEncoderWithDispatchType:MTLDispatchTypeSerial];
}
- (id<MTLComputeCommandEncoder>)computeCommandEncoderWithDispatchType:(MTLDispatchType)dispatchType {
  if (![self mayOpen]) return nil;
  return [[[SoftComputeEncoder alloc] initWithBuffer:self
                                             compute:YES
                                          concurrent:dispatchType == MTLDispatchTypeConcurrent] autorelease];
}
- (void)pushDebugGroup:(NSString *)group {
  (void)group;
}
- (void)popDebugGroup {
}
@end
