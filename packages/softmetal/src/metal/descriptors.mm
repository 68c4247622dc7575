#import <Metal/Metal.h>

#include "constants.h"

@implementation MTLCompileOptions
- (id)init {
  if ((self = [super init])) {
    _fastMathEnabled = YES;
    _mathMode = MTLMathModeFast;
    _languageVersion = MTLLanguageVersion3_1;
  }
  return self;
}
- (void)dealloc {
  [_preprocessorMacros release];
  [super dealloc];
}
- (id)copyWithZone:(NSZone *)zone {
  MTLCompileOptions *copy = [[MTLCompileOptions allocWithZone:zone] init];
  copy.preprocessorMacros = _preprocessorMacros;
  copy.fastMathEnabled = _fastMathEnabled;
  copy.mathMode = _mathMode;
  copy.languageVersion = _languageVersion;
  return copy;
}
@synthesize preprocessorMacros = _preprocessorMacros;
@synthesize fastMathEnabled = _fastMathEnabled;
@synthesize mathMode = _mathMode;
@synthesize languageVersion = _languageVersion;
@end

@implementation MTLComputePipelineDescriptor
- (void)dealloc {
  [_label release];
  [_computeFunction release];
  [super dealloc];
}
- (id)copyWithZone:(NSZone *)zone {
  MTLComputePipelineDescriptor *copy = [[MTLComputePipelineDescriptor allocWithZone:zone] init];
  copy.label = _label;
  copy.computeFunction = _computeFunction;
  copy.threadGroupSizeIsMultipleOfThreadExecutionWidth = _threadGroupSizeIsMultipleOfThreadExecutionWidth;
  copy.maxTotalThreadsPerThreadgroup = _maxTotalThreadsPerThreadgroup;
  return copy;
}
- (void)reset {
  self.label = nil;
  self.computeFunction = nil;
  _threadGroupSizeIsMultipleOfThreadExecutionWidth = NO;
  _maxTotalThreadsPerThreadgroup = 0;
}
@synthesize label = _label;
@synthesize computeFunction = _computeFunction;
@synthesize threadGroupSizeIsMultipleOfThreadExecutionWidth =
    _threadGroupSizeIsMultipleOfThreadExecutionWidth;
@synthesize maxTotalThreadsPerThreadgroup = _maxTotalThreadsPerThreadgroup;
@end

@implementation MTLCommandBufferDescriptor
- (id)init {
  if ((self = [super init])) _retainedReferences = YES;
  return self;
}
- (id)copyWithZone:(NSZone *)zone {
  MTLCommandBufferDescriptor *copy = [[MTLCommandBufferDescriptor allocWithZone:zone] init];
  copy.retainedReferences = _retainedReferences;
  copy.errorOptions = _errorOptions;
  return copy;
}
@synthesize retainedReferences = _retainedReferences;
@synthesize errorOptions = _errorOptions;
@end

@implementation MTLFunctionConstantValues
- (id)init {
  if ((self = [super init])) _values = [[NSMutableDictionary alloc] init];
  return self;
}
- (void)dealloc {
  [_values release];
  [super dealloc];
}
- (id)copyWithZone:(NSZone *)zone {
  MTLFunctionConstantValues *copy = [[MTLFunctionConstantValues allocWithZone:zone] init];
  [copy->_values addEntriesFromDictionary:_values];
  return copy;
}
- (void)keep:(const void *)value type:(MTLDataType)type key:(id)key {
  const std::string literal = softmetal::constantText(value, type);
  if (!literal.empty()) [_values setObject:[NSString stringWithUTF8String:literal.c_str()] forKey:key];
}
- (void)setConstantValue:(const void *)value type:(MTLDataType)type atIndex:(NSUInteger)index {
  [self keep:value type:type key:[NSNumber numberWithUnsignedLong:index]];
}
- (void)setConstantValues:(const void *)values type:(MTLDataType)type withRange:(NSRange)range {
  const char *at = static_cast<const char *>(values);
  for (NSUInteger i = 0; i < range.length; i++, at += softmetal::constantBytes(type))
    [self setConstantValue:at type:type atIndex:range.location + i];
}
- (void)setConstantValue:(const void *)value type:(MTLDataType)type withName:(NSString *)name {
  [self keep:value type:type key:name];
}
- (void)reset {
  [_values removeAllObjects];
}
- (NSDictionary *)softValues {
  return _values;
}
@end

@implementation MTLFunctionConstant
- (id)initWithName:(NSString *)name type:(MTLDataType)type index:(NSUInteger)index {
  if ((self = [super init])) {
    _name = [name copy];
    _type = type;
    _index = index;
  }
  return self;
}
- (void)dealloc {
  [_name release];
  [super dealloc];
}
@synthesize name = _name;
@synthesize type = _type;
@synthesize index = _index;
@synthesize required = _required;
@end
