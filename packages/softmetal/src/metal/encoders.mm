#include "soft.h"

using namespace softmetal;

// What runs for every command is C++ on the records: no message, no lock, nothing allocated but by growth.
namespace {

constexpr NSUInteger mostInlineBytes = 4096;

/** On any thread: nothing is autoreleased. */
std::string textOf(void *object) {
  NSString *const string = static_cast<NSString *>(object);
  std::string bytes([string lengthOfBytesUsingEncoding:NSUTF8StringEncoding] + 1, '\0');
  if (![string getCString:bytes.data() maxLength:bytes.size() encoding:NSUTF8StringEncoding]) return "";
  bytes.pop_back();
  return bytes;
}

/** Reports what was done wrong with an encoder, and fails its command buffer. */
void wrong(SoftEncoder *encoder, const std::string &what) {
  [encoder->_buffer misused:what code:MTLCommandBufferErrorInternal];
}

/** False, and reported, when the encoder has ended. */
bool isOpen(SoftEncoder *encoder, const char *what) {
  const EncoderRecord &record = **encoder->_encoder;
  if (!record.ended) return true;
  wrong(encoder, std::string(what) + " on encoder '" + record.label + "', which has ended");
  return false;
}

bool mayBind(SoftEncoder *encoder, NSUInteger index) {
  if (!isOpen(encoder, "a binding")) return false;
  if (index < slots) return true;
  wrong(encoder, "index " + std::to_string(index) + " is beyond the 31 buffer slots");
  return false;
}

Binding bindingOf(SoftEncoder *encoder, id<MTLResource> resource, NSUInteger offset) {
  Binding binding;
  if (resource == nil) return binding;
  auto *const buffer = static_cast<SoftBuffer *>(resource);
  binding.kind = Binding::Kind::buffer;
  binding.memory =
      buffer->_user == encoder->_buffer->_identity ? buffer->_number : [encoder->_buffer number:buffer];
  binding.offset = offset;
  return binding;
}

void bind(SoftComputeEncoder *encoder, NSUInteger index, const Binding &binding) {
  (*encoder->_bindings)[index] = binding;
  const std::uint32_t bit = 1u << index;
  encoder->_fresh |= bit;
  encoder->_held = binding.kind == Binding::Kind::none ? encoder->_held & ~bit : encoder->_held | bit;
}

void setBuffer(SoftComputeEncoder *encoder, id<MTLBuffer> buffer, NSUInteger offset, NSUInteger index) {
  if (!mayBind(encoder, index)) return;
  const Binding binding = bindingOf(encoder, buffer, offset);
  bind(encoder, index, binding);
  if (buffer == nil) return;
  const std::size_t length = (*static_cast<SoftBuffer *>(buffer)->_memory)->length;
  if (offset > length)
    wrong(encoder, "a binding begins at byte " + std::to_string(offset) + " of a buffer of " +
                       std::to_string(length));
}

/** A command with what it binds. */
Command &add(SoftEncoder *encoder, Command::Kind kind, const Binding *bindings, std::size_t count) {
  EncoderRecord &record = **encoder->_encoder;
  Command &command = record.commands.emplace_back();
  command.kind = kind;
  command.label = encoder->_signpost;
  if (command.label == 0 && !encoder->_groups->empty()) command.label = encoder->_groups->back();
  command.first = static_cast<std::uint32_t>(record.bindings.size());
  command.count = static_cast<std::uint32_t>(count);
  record.bindings.insert(record.bindings.end(), bindings, bindings + count);
  return command;
}

/** Reports what a dispatch finds at indices where only one before it has put something. */
void reportSticky(SoftComputeEncoder *encoder, std::uint32_t indices) {
  const EncoderRecord &record = **encoder->_encoder;
  for (std::size_t i = 0; i < slots; i++)
    if ((indices >> i & 1) != 0)
      wrong(encoder, "sticky binding: index " + std::to_string(i) + " of dispatch '" +
                         record.labels[encoder->_signpost].text() + "' in encoder '" + record.label +
                         "' is what an earlier dispatch left there");
}

std::size_t threadgroupMemoryOf(SoftComputeEncoder *encoder) {
  std::size_t sum = [encoder->_pipeline staticThreadgroupMemoryLength];
  for (const std::size_t bytes : *encoder->_threadgroupMemory) sum += bytes;
  return sum;
}

void dispatch(SoftComputeEncoder *encoder, MTLSize threads, MTLSize threadgroups, MTLSize threadgroup) {
  if (!isOpen(encoder, "a dispatch")) return;
  EncoderRecord &record = **encoder->_encoder;
  SoftPipeline *const pipeline = encoder->_pipeline;
  if (pipeline == nil)
    return wrong(encoder, "missing binding: a dispatch of encoder '" + record.label + "' has no pipeline");
  const NSUInteger size = threadgroup.width * threadgroup.height * threadgroup.depth;
  if (size == 0 || threads.width * threads.height * threads.depth == 0)
    return wrong(encoder, "a dispatch without threads");
  if (size > pipeline->_maxThreads)
    return wrong(encoder, "a threadgroup of " + std::to_string(size) +
                              " threads is larger than the pipeline's " +
                              std::to_string(pipeline->_maxThreads));
  if (encoder->_threadgroupMemoryChanged) {
    if (const std::size_t memory = threadgroupMemoryOf(encoder); memory > 32768)
      wrong(encoder, "a dispatch uses " + std::to_string(memory) +
                         " bytes of threadgroup memory; 32768 are there");
    record.threadgroupMemory.push_back(*encoder->_threadgroupMemory);
    encoder->_threadgroupMemoryChanged = NO;
  }
  if (const std::uint32_t sticky = pipeline->_indices & encoder->_held & ~encoder->_fresh; sticky != 0)
    reportSticky(encoder, sticky);
  encoder->_fresh = 0;
  const std::size_t count =
      encoder->_held == 0 ? 0 : 32 - static_cast<std::size_t>(__builtin_clz(encoder->_held));
  Command &command = add(encoder, Command::Kind::dispatch, encoder->_bindings->data(), count);
  const auto narrow = [](MTLSize s) {
    return Size3{static_cast<unsigned>(s.width), static_cast<unsigned>(s.height),
                 static_cast<unsigned>(s.depth)};
  };
  command.program = pipeline->_program->get();
  command.threadgroupMemory = static_cast<std::uint32_t>(record.threadgroupMemory.size() - 1);
  command.grid.threads = narrow(threads);
  command.grid.threadgroup = narrow(threadgroup);
  command.grid.threadgroups = narrow(threadgroups);
}

}  // namespace

@implementation SoftEncoder
+ (void)initialize {
  Label::calls.keep = [](void *string) -> void * { return [static_cast<NSString *>(string) copy]; };
  Label::calls.drop = [](void *string) { [static_cast<NSString *>(string) release]; };
  Label::calls.text = textOf;
}
- (id)initWithBuffer:(SoftCommandBuffer *)buffer compute:(BOOL)compute concurrent:(BOOL)concurrent {
  if ((self = [super init])) {
    _buffer = [buffer retain];
    _encoder = new std::shared_ptr<EncoderRecord>(std::make_shared<EncoderRecord>());
    (*_encoder)->compute = compute;
    (*_encoder)->concurrent = concurrent;
    _groups = new std::vector<std::uint32_t>();
    (*buffer->_record)->encoders.push_back(*_encoder);
    buffer->_hasOpenEncoder = YES;
  }
  return self;
}
- (void)dealloc {
  if (!(*_encoder)->ended)
    wrong(self, "encoder '" + (*_encoder)->label + "' was left open: it was released without being ended");
  delete _encoder;
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
- (void)endEncoding {
  if (!isOpen(self, "endEncoding")) return;
  (*_encoder)->ended = true;
  _buffer->_hasOpenEncoder = NO;
}
- (void)insertDebugSignpost:(NSString *)signpost {
  EncoderRecord &record = **_encoder;
  _signpost = static_cast<std::uint32_t>(record.labels.size());
  record.labels.emplace_back(signpost);
  record.signposts.push_back(_signpost);
}
- (void)pushDebugGroup:(NSString *)group {
  EncoderRecord &record = **_encoder;
  _groups->push_back(static_cast<std::uint32_t>(record.labels.size()));
  record.labels.emplace_back(group);
}
- (void)popDebugGroup {
  if (_groups->empty()) return wrong(self, "popDebugGroup without a group");
  _groups->pop_back();
}
- (void)updateFence:(id<MTLFence>)fence {
  if (isOpen(self, "updateFence")) (*_encoder)->updates.push_back(*static_cast<SoftFence *>(fence)->_state);
}
- (void)waitForFence:(id<MTLFence>)fence {
  if (isOpen(self, "waitForFence")) (*_encoder)->waits.push_back(*static_cast<SoftFence *>(fence)->_state);
}
@end

@implementation SoftComputeEncoder
- (id)initWithBuffer:(SoftCommandBuffer *)buffer compute:(BOOL)compute concurrent:(BOOL)concurrent {
  if ((self = [super initWithBuffer:buffer compute:compute concurrent:concurrent])) {
    _bindings = new std::array<Binding, slots>();
    _threadgroupMemory = new ThreadgroupMemory();
    _concurrent = concurrent;
  }
  return self;
}
- (void)dealloc {
  delete _bindings;
  delete _threadgroupMemory;
  [_pipeline release];
  [super dealloc];
}
- (MTLDispatchType)dispatchType {
  return _concurrent ? MTLDispatchTypeConcurrent : MTLDispatchTypeSerial;
}
- (void)setComputePipelineState:(id<MTLComputePipelineState>)state {
  if (!isOpen(self, "setComputePipelineState")) return;
  [state retain];
  [_pipeline release];
  _pipeline = state;
  _threadgroupMemoryChanged = YES;
  (*_encoder)->programs.push_back(*_pipeline->_program);
}
- (void)setBytes:(const void *)bytes length:(NSUInteger)length atIndex:(NSUInteger)index {
  if (!mayBind(self, index)) return;
  if (length > mostInlineBytes)
    return wrong(self, "setBytes takes at most 4096 bytes, not " + std::to_string(length));
  auto &all = (*_encoder)->bytes;
  Binding binding;
  binding.kind = Binding::Kind::bytes;
  binding.offset = all.size();
  binding.length = length;
  const char *const begin = static_cast<const char *>(bytes);
  all.insert(all.end(), begin, begin + length);
  all.resize((all.size() + 15) & ~std::size_t{15});
  bind(self, index, binding);
}
- (void)setBuffer:(id<MTLBuffer>)buffer offset:(NSUInteger)offset atIndex:(NSUInteger)index {
  setBuffer(self, buffer, offset, index);
}
- (void)setBufferOffset:(NSUInteger)offset atIndex:(NSUInteger)index {
  if (!mayBind(self, index)) return;
  Binding binding = (*_bindings)[index];
  if (binding.kind != Binding::Kind::buffer)
    return wrong(self, "setBufferOffset where no buffer is bound");
  binding.offset = offset;
  bind(self, index, binding);
}
- (void)setBuffers:(const id<MTLBuffer> *)buffers
           offsets:(const NSUInteger *)offsets
         withRange:(NSRange)range {
  for (NSUInteger i = 0; i < range.length; i++)
    setBuffer(self, buffers[i], offsets[i], range.location + i);
}
- (void)setThreadgroupMemoryLength:(NSUInteger)length atIndex:(NSUInteger)index {
  if (!mayBind(self, index)) return;
  if (length % 16 != 0)
    wrong(self, "lengths of threadgroup memory are multiples of 16, not " + std::to_string(length));
  (*_threadgroupMemory)[index] = length;
  _threadgroupMemoryChanged = YES;
}
- (void)dispatchThreadgroups:(MTLSize)threadgroupsPerGrid
       threadsPerThreadgroup:(MTLSize)threadsPerThreadgroup {
  const MTLSize threads = MTLSizeMake(threadgroupsPerGrid.width * threadsPerThreadgroup.width,
                                      threadgroupsPerGrid.height * threadsPerThreadgroup.height,
                                      threadgroupsPerGrid.depth * threadsPerThreadgroup.depth);
  dispatch(self, threads, threadgroupsPerGrid, threadsPerThreadgroup);
}
- (void)dispatchThreads:(MTLSize)threadsPerGrid threadsPerThreadgroup:(MTLSize)threadsPerThreadgroup {
  const auto groups = [](NSUInteger all, NSUInteger one) { return one == 0 ? 0 : (all + one - 1) / one; };
  const MTLSize threadgroups = MTLSizeMake(groups(threadsPerGrid.width, threadsPerThreadgroup.width),
                                           groups(threadsPerGrid.height, threadsPerThreadgroup.height),
                                           groups(threadsPerGrid.depth, threadsPerThreadgroup.depth));
  dispatch(self, threadsPerGrid, threadgroups, threadsPerThreadgroup);
}
- (void)useResource:(id<MTLResource>)resource usage:(MTLResourceUsage)usage {
  (void)resource;
  (void)usage;
}
- (void)memoryBarrierWithScope:(MTLBarrierScope)scope {
  if (!isOpen(self, "memoryBarrierWithScope") || (scope & MTLBarrierScopeBuffers) == 0) return;
  add(self, Command::Kind::barrier, nullptr, 0).everything = true;
}
- (void)memoryBarrierWithResources:(const id<MTLResource> *)resources count:(NSUInteger)count {
  if (!isOpen(self, "memoryBarrierWithResources")) return;
  Command &command = add(self, Command::Kind::barrier, nullptr, 0);
  command.count = static_cast<std::uint32_t>(count);
  for (NSUInteger i = 0; i < count; i++)
    (*_encoder)->bindings.push_back(bindingOf(self, resources[i], 0));
}
@end

@implementation SoftBlitEncoder
- (BOOL)fits:(id<MTLBuffer>)buffer offset:(NSUInteger)offset length:(NSUInteger)length {
  if (!isOpen(self, "a transfer")) return NO;
  if (offset % 4 != 0 || length % 4 != 0)
    wrong(self, "blits on macOS have offsets and lengths of whole words: " + std::to_string(offset) + ", " +
                    std::to_string(length));
  if (buffer != nil && offset + length <= buffer.length && length > 0) return YES;
  [_buffer misused:"out of bounds: a blit of " + std::to_string(length) + " bytes at " +
                   std::to_string(offset) + " of a buffer of " + std::to_string(buffer.length)
              code:MTLCommandBufferErrorInvalidResource];
  return NO;
}
- (void)fillBuffer:(id<MTLBuffer>)buffer range:(NSRange)range value:(uint8_t)value {
  if (![self fits:buffer offset:range.location length:range.length]) return;
  const Binding target = bindingOf(self, buffer, range.location);
  Command &command = add(self, Command::Kind::fill, &target, 1);
  command.length = range.length;
  command.value = value;
}
- (void)copyFromBuffer:(id<MTLBuffer>)sourceBuffer
          sourceOffset:(NSUInteger)sourceOffset
              toBuffer:(id<MTLBuffer>)destinationBuffer
     destinationOffset:(NSUInteger)destinationOffset
                  size:(NSUInteger)size {
  if (![self fits:sourceBuffer offset:sourceOffset length:size]) return;
  if (![self fits:destinationBuffer offset:destinationOffset length:size]) return;
  const Binding both[] = {bindingOf(self, sourceBuffer, sourceOffset),
                          bindingOf(self, destinationBuffer, destinationOffset)};
  add(self, Command::Kind::copy, both, 2).length = size;
}
- (void)synchronizeResource:(id<MTLResource>)resource {
  (void)resource;
}
@end
