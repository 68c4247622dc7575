/** Function constants: their values as C++ text, their types by name. */
#pragma once
#import <Metal/Metal.h>

#include <string>

namespace softmetal {

/** Empty for a type that function constants do not have here. */
std::string constantText(const void *value, MTLDataType type);
NSUInteger constantBytes(MTLDataType type);
MTLDataType constantType(const std::string &name);

}  // namespace softmetal

@interface MTLFunctionConstantValues (Soft)
/** Text by index (NSNumber) or name (NSString). */
- (NSDictionary *)softValues;
@end

@interface MTLFunctionConstant (Soft)
- (id)initWithName:(NSString *)name type:(MTLDataType)type index:(NSUInteger)index;
@end
