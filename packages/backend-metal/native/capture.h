// GPU traces: everything that is committed between start and stop, as a document that Xcode opens.
#pragma once

#include <string>

#include "metal.h"

namespace wick {

// Returns why it could not, or an empty string.
std::string startCapture(id<MTLDevice> device, NSString* path);
void stopCapture();

}  // namespace wick
