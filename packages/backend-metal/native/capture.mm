#include "capture.h"

#include "ref.h"

namespace wick {

std::string startCapture(id<MTLDevice> device, NSString* path) {
  MTLCaptureManager* manager = [MTLCaptureManager sharedCaptureManager];
  if (manager.isCapturing) return "another capture is running in this process";
  if (![manager supportsDestination:MTLCaptureDestinationGPUTraceDocument]) {
    return "Metal does not support captures into a file here";
  }
  const auto descriptor = Ref<MTLCaptureDescriptor*>::adopt([[MTLCaptureDescriptor alloc] init]);
  [descriptor.get() setCaptureObject:device];
  [descriptor.get() setDestination:MTLCaptureDestinationGPUTraceDocument];
  [descriptor.get() setOutputURL:[NSURL fileURLWithPath:path]];
  NSError* error = nil;
  if ([manager startCaptureWithDescriptor:descriptor.get() error:&error]) return "";
  const char* reason = error.localizedDescription.UTF8String;
  return reason == nullptr ? "Metal gives no reason" : reason;
}

void stopCapture() { [[MTLCaptureManager sharedCaptureManager] stopCapture]; }

}  // namespace wick
