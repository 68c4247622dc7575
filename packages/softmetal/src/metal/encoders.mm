#include "soft.h"

using namespace softmetal;

namespace {
constexpr NSUInteger mostInlineBytes = 4096;
}

@implementation SoftEncoder
- (id)initWithBuffer:(SoftCommandBuffer *)buffer compute:(BOOL)compute concurrent:(BOOL)concurrent {
  if ((self = [super init])) {
    _buffer = [buffer retain];
    _encoder = new std::shared_ptr<EncoderRecord>(std::make_shared<EncoderRecord>());
    (*_encoder)->compute = compute;
    (*_encoder)->concurrent = concurrent;
    _signpost = new std::string();
    _groups = new std::vector<std::string>();
    (*buffer->_record)->encoders.push_back(*_encoder);
    buffer->_hasOpenEncoder = YES;
  }
  return self;
}
- (void)dealloc {
  if (!(*_encoder)->ended) misuse("encoder '" + (*_encoder)->label + "' was released without being ended");
  delete _encoder;
  delete _signpost;
  delete _groups;
  [_buffer release];
  [_label release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [_buffer device];
}
- (NSString *)label {
  return _label;
}
- (void)setLabel:(NSString *)label {
  if (label == _label) return;
  [_label release];
  _label = [label copy];
  (*_encoder)->label = text(label);
}
- (BOOL)isOpenFor:(const char *)what {
  if (!(*_encoder)->ended) return YES;
  misuse(std::string(what) + " on encoder '" + (*_encoder)->label + "', which has ended");
  return NO;
}
- (MemoryRef)refer:(id<MTLResource>)buffer {
  MemoryRef ref;
  if (buffer == nil) return ref;
  const auto &memory = *static_cast<SoftBuffer *>(buffer)->_memory;
  if (_buffer->_retained) ref.strong = memory;
  ref.weak = memory;
  return ref;
}
- (void)add:(Command)command {
  command.label = *_signpost;
  if (command.label.empty() && !_groups->empty()) command.label = _groups->back();
  (*_encoder)->commands.push_back(std::move(command));
}
- (void)endEncoding {
  if (![self isOpenFor:"endEncoding"]) return;
  (*_encoder)->ended = true;
  _buffer->_hasOpenEncoder = NO;
}
- (void)insertDebugSignpost:(NSString *)signpost {
  *_signpost = text(signpost);
  (*_encoder)->signposts.push_back(*_signpost);
}
- (void)pushDebugGroup:(NSString *)group {
  _groups->push_back(text(group));
}
- (void)popDebugGroup {
  if (_groups->empty()) return misuse("popDebugGroup without a group");
  _groups->pop_back();
}
- (void)updateFence:(id<MTLFence>)fence {
  if ([self isOpenFor:"updateFence"])
    (*_encoder)->updates.push_back(*static_cast<SoftFence *>(fence)->_state);
}
- (void)waitForFence:(id<MTLFence>)fence {
  if ([self isOpenFor:"waitForFence"]) (*_encoder)->waits.push_back(*static_cast<SoftFence *>(fence)->_state);
}
@end

@implementation SoftComputeEncoder
- (id)initWithBuffer:(SoftCommandBuffer *)buffer compute:(BOOL)compute concurrent:(BOOL)concurrent {
  if ((self = [super initWithBuffer:buffer compute:compute concurrent:concurrent])) {
    _bindings = new std::vector<Binding>(slots);
    _fresh = new std::vector<bool>(slots, false);
    _threadgroupMemory = new std::array<std::size_t, slots>();
    _threadgroupMemory->fill(0);
    _concurrent = concurrent;
  }
  return self;
}
- (void)dealloc {
  delete _bindings;
  delete _fresh;
  delete _threadgroupMemory;
  [_pipeline release];
  [super dealloc];
}
- (MTLDispatchType)dispatchType {
  return _concurrent ? MTLDispatchTypeConcurrent : MTLDispatchTypeSerial;
}
- (BOOL)mayBind:(NSUInteger)index {
  if (![self isOpenFor:"a binding"]) return NO;
  if (index < slots) return YES;
  misuse("index " + std::to_string(index) + " is beyond the 31 buffer slots");
  return NO;
}
- (void)setComputePipelineState:(id<MTLComputePipelineState>)state {
  if (![self isOpenFor:"setComputePipelineState"]) return;
  [state retain];
  [_pipeline release];
  _pipeline = state;
}
- (void)setBytes:(const void *)bytes length:(NSUInteger)length atIndex:(NSUInteger)index {
  if (![self mayBind:index]) return;
  if (length > mostInlineBytes)
    return misuse("setBytes takes at most 4096 bytes, not " + std::to_string(length));
  Binding &binding = (*_bindings)[index];
  binding = Binding();
  binding.kind = Binding::Kind::bytes;
  binding.bytes.assign(static_cast<const char *>(bytes), length);
  (*_fresh)[index] = true;
}
- (void)setBuffer:(id<MTLBuffer>)buffer offset:(NSUInteger)offset atIndex:(NSUInteger)index {
  if (![self mayBind:index]) return;
  Binding &binding = (*_bindings)[index];
  binding = Binding();
  (*_fresh)[index] = true;
  if (buffer == nil) return;
  if (offset > buffer.length)
    misuse("a binding begins at byte " + std::to_string(offset) + " of a buffer of " +
           std::to_string(buffer.length));
  binding.kind = Binding::Kind::buffer;
  binding.memory = [self refer:buffer];
  binding.offset = offset;
}
- (void)setBufferOffset:(NSUInteger)offset atIndex:(NSUInteger)index {
  if (![self mayBind:index]) return;
  if ((*_bindings)[index].kind != Binding::Kind::buffer)
    return misuse("setBufferOffset where no buffer is bound");
  (*_bindings)[index].offset = offset;
  (*_fresh)[index] = true;
}
- (void)setBuffers:(const id<MTLBuffer> *)buffers
           offsets:(const NSUInteger *)offsets
         withRange:(NSRange)range {
  for (NSUInteger i = 0; i < range.length; i++)
    [self setBuffer:buffers[i] offset:offsets[i] atIndex:range.location + i];
}
- (void)setThreadgroupMemoryLength:(NSUInteger)length atIndex:(NSUInteger)index {
  if (![self mayBind:index]) return;
  if (length % 16 != 0)
    misuse("lengths of threadgroup memory are multiples of 16, not " + std::to_string(length));
  (*_threadgroupMemory)[index] = length;
}
- (void)dispatch:(MTLSize)threads of:(MTLSize)threadgroup {
  if (![self isOpenFor:"a dispatch"]) return;
  if (_pipeline == nil)
    return misuse("missing binding: a dispatch of encoder '" + (*_encoder)->label + "' has no pipeline");
  const NSUInteger size = threadgroup.width * threadgroup.height * threadgroup.depth;
  if (size == 0 || threads.width * threads.height * threads.depth == 0)
    return misuse("a dispatch without threads");
  if (size > [_pipeline maxTotalThreadsPerThreadgroup])
    return misuse("a threadgroup of " + std::to_string(size) + " threads is larger than the pipeline's " +
                  std::to_string([_pipeline maxTotalThreadsPerThreadgroup]));
  Command command;
  command.kind = Command::Kind::dispatch;
  command.program = *_pipeline->_program;
  std::size_t memory = [_pipeline staticThreadgroupMemoryLength];
  for (const std::size_t bytes : *_threadgroupMemory) memory += bytes;
  if (memory > 32768)
    misuse("a dispatch uses " + std::to_string(memory) + " bytes of threadgroup memory; 32768 are there");
  const auto narrow = [](MTLSize s) {
    return Size3{static_cast<unsigned>(s.width), static_cast<unsigned>(s.height),
                 static_cast<unsigned>(s.depth)};
  };
  const auto groups = [](NSUInteger all, NSUInteger one) {
    return static_cast<unsigned>((all + one - 1) / one);
  };
  command.grid.threads = narrow(threads);
  command.grid.threadgroup = narrow(threadgroup);
  command.grid.threadgroups = {groups(threads.width, threadgroup.width),
                               groups(threads.height, threadgroup.height),
                               groups(threads.depth, threadgroup.depth)};
  command.bindings = *_bindings;
  command.threadgroupMemory = *_threadgroupMemory;
  for (std::size_t i = 0; i < command.program->source.parameters.size(); i++) {
    const Parameter &p = command.program->source.parameters[i];
    if (p.kind != Parameter::Kind::buffer || !command.program->present[i] || (*_fresh)[p.index]) continue;
    if ((*_bindings)[p.index].kind == Binding::Kind::none) continue;  // reported as missing when it runs
    const std::string what = "sticky binding: index " + std::to_string(p.index) + " of dispatch '" +
                             *_signpost + "' in encoder '" + (*_encoder)->label +
                             "' is what an earlier dispatch left there";
    misuse(what);
    (*_buffer->_record)->fail(MTLCommandBufferErrorInternal, what);
  }
  _fresh->assign(slots, false);
  [self add:std::move(command)];
}
- (void)dispatchThreadgroups:(MTLSize)threadgroupsPerGrid
       threadsPerThreadgroup:(MTLSize)threadsPerThreadgroup {
  [self dispatch:MTLSizeMake(threadgroupsPerGrid.width * threadsPerThreadgroup.width,
                             threadgroupsPerGrid.height * threadsPerThreadgroup.height,
                             threadgroupsPerGrid.depth * threadsPerThreadgroup.depth)
              of:threadsPerThreadgroup];
}
- (void)dispatchThreads:(MTLSize)threadsPerGrid threadsPerThreadgroup:(MTLSize)threadsPerThreadgroup {
  [self dispatch:threadsPerGrid of:threadsPerThreadgroup];
}
- (void)useResource:(id<MTLResource>)resource usage:(MTLResourceUsage)usage {
  (void)resource;
  (void)usage;
}
- (void)memoryBarrierWithScope:(MTLBarrierScope)scope {
  if (![self isOpenFor:"memoryBarrierWithScope"] || (scope & MTLBarrierScopeBuffers) == 0) return;
  Command command;
  command.kind = Command::Kind::barrier;
  command.everything = true;
  [self add:std::move(command)];
}
- (void)memoryBarrierWithResources:(const id<MTLResource> *)resources count:(NSUInteger)count {
  if (![self isOpenFor:"memoryBarrierWithResources"]) return;
  Command command;
  command.kind = Command::Kind::barrier;
  for (NSUInteger i = 0; i < count; i++) command.resources.push_back([self refer:resources[i]]);
  [self add:std::move(command)];
}
@end

@implementation SoftBlitEncoder
- (Binding)bind:(id<MTLBuffer>)buffer offset:(NSUInteger)offset {
  Binding binding;
  binding.kind = Binding::Kind::buffer;
  binding.memory = [self refer:buffer];
  binding.offset = offset;
  return binding;
}
- (BOOL)fits:(id<MTLBuffer>)buffer offset:(NSUInteger)offset length:(NSUInteger)length {
  if (![self isOpenFor:"a transfer"]) return NO;
  if (offset % 4 != 0 || length % 4 != 0)
    misuse("blits on macOS have offsets and lengths of whole words: " + std::to_string(offset) + ", " +
           std::to_string(length));
  if (buffer != nil && offset + length <= buffer.length && length > 0) return YES;
  const std::string what = "out of bounds: a blit of " + std::to_string(length) + " bytes at " +
                           std::to_string(offset) + " of a buffer of " + std::to_string(buffer.length);
  misuse(what);
  (*_buffer->_record)->fail(MTLCommandBufferErrorInvalidResource, what);
  return NO;
}
- (void)fillBuffer:(id<MTLBuffer>)buffer range:(NSRange)range value:(uint8_t)value {
  if (![self fits:buffer offset:range.location length:range.length]) return;
  Command command;
  command.kind = Command::Kind::fill;
  command.target = [self bind:buffer offset:range.location];
  command.length = range.length;
  command.value = value;
  [self add:std::move(command)];
}
- (void)copyFromBuffer:(id<MTLBuffer>)sourceBuffer
          sourceOffset:(NSUInteger)sourceOffset
              toBuffer:(id<MTLBuffer>)destinationBuffer
     destinationOffset:(NSUInteger)destinationOffset
                  size:(NSUInteger)size {
  if (![self fits:sourceBuffer offset:sourceOffset length:size]) return;
  if (![self fits:destinationBuffer offset:destinationOffset length:size]) return;
  Command command;
  command.kind = Command::Kind::copy;
  command.source = [self bind:sourceBuffer offset:sourceOffset];
  command.target = [self bind:destinationBuffer offset:destinationOffset];
  command.length = size;
  [self add:std::move(command)];
}
- (void)synchronizeResource:(id<MTLResource>)resource {
  (void)resource;
}
@end
