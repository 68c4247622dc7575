#include "../device/settings.h"
#include "constants.h"
#include "soft.h"

NSString *const MTLLibraryErrorDomain = @"MTLLibraryErrorDomain";

@implementation SoftLibrary
- (id)initWithLibrary:(std::shared_ptr<softmetal::Library>)library {
  if ((self = [super init])) _library = new std::shared_ptr<softmetal::Library>(std::move(library));
  return self;
}
- (void)dealloc {
  delete _library;
  [_label release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [MTLCreateSystemDefaultDevice() autorelease];
}
- (NSArray *)functionNames {
  NSMutableArray *names = [NSMutableArray array];
  for (const auto &kernel : (*_library)->source.kernels) [names addObject:softmetal::string(kernel.name)];
  return names;
}
- (id<MTLFunction>)newFunctionWithName:(NSString *)functionName {
  if ((*_library)->source.find(softmetal::text(functionName)) == nullptr) return nil;
  return [[SoftFunction alloc] initWithLibrary:*_library name:softmetal::text(functionName) constants:{}];
}
- (id<MTLFunction>)newFunctionWithName:(NSString *)name
                        constantValues:(MTLFunctionConstantValues *)constantValues
                                 error:(NSError **)error {
  const std::string wanted = softmetal::text(name);
  if ((*_library)->source.find(wanted) == nullptr) {
    if (error != nullptr)
      *error = softmetal::makeError(MTLLibraryErrorDomain, MTLLibraryErrorFunctionNotFound,
                                    "the library has no function '" + wanted + "'");
    return nil;
  }
  softmetal::ConstantValues values;
  NSDictionary *given = [constantValues softValues];
  for (const auto &constant : (*_library)->source.constants) {
    NSString *value = [given objectForKey:softmetal::string(constant.name)];
    if (value == nil) value = [given objectForKey:[NSNumber numberWithUnsignedLong:constant.index]];
    if (value != nil) values[constant.index] = softmetal::text(value);
  }
  return [[SoftFunction alloc] initWithLibrary:*_library name:wanted constants:values];
}
@synthesize label = _label;
@end

@implementation SoftFunction
- (id)initWithLibrary:(std::shared_ptr<softmetal::Library>)library
                 name:(const std::string &)name
            constants:(const softmetal::ConstantValues &)constants {
  if ((self = [super init])) {
    _library = new std::shared_ptr<softmetal::Library>(std::move(library));
    _name = new std::string(name);
    _constants = new softmetal::ConstantValues(constants);
  }
  return self;
}
- (void)dealloc {
  delete _library;
  delete _name;
  delete _constants;
  [_label release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [MTLCreateSystemDefaultDevice() autorelease];
}
- (MTLFunctionType)functionType {
  return MTLFunctionTypeKernel;
}
- (NSString *)name {
  return softmetal::string(*_name);
}
- (NSDictionary *)functionConstantsDictionary {
  NSMutableDictionary *all = [NSMutableDictionary dictionary];
  for (const auto &c : (*_library)->source.constants) {
    MTLFunctionConstant *constant = [[MTLFunctionConstant alloc] initWithName:softmetal::string(c.name)
                                                                         type:softmetal::constantType(c.type)
                                                                        index:c.index];
    [all setObject:constant forKey:softmetal::string(c.name)];
    [constant release];
  }
  return all;
}
@synthesize label = _label;
@end

@implementation SoftPipeline
- (id)initWithProgram:(std::shared_ptr<softmetal::Program>)program
                label:(NSString *)label
           maxThreads:(NSUInteger)maxThreads {
  if ((self = [super init])) {
    _program = new std::shared_ptr<softmetal::Program>(std::move(program));
    const auto &parameters = (*_program)->source.parameters;
    for (std::size_t i = 0; i < parameters.size(); i++)
      if (parameters[i].kind == softmetal::Parameter::Kind::buffer && (*_program)->present[i])
        _indices |= 1u << parameters[i].index;
    _label = [label copy];
    _maxThreads = maxThreads;
  }
  return self;
}
- (void)dealloc {
  delete _program;
  [_label release];
  [super dealloc];
}
- (id<MTLDevice>)device {
  return [MTLCreateSystemDefaultDevice() autorelease];
}
- (NSString *)label {
  return _label;
}
- (NSUInteger)maxTotalThreadsPerThreadgroup {
  return _maxThreads;
}
- (NSUInteger)threadExecutionWidth {
  return softmetal::simdWidth;
}
- (NSUInteger)staticThreadgroupMemoryLength {
  return static_cast<NSUInteger>((*_program)->threadgroupEnd - (*_program)->threadgroupBegin);
}
@end
