#include <atomic>
#include <cstdlib>
#include <fstream>

#include "../device/settings.h"
#include "soft.h"

using namespace softmetal;

NSString *const MTLCaptureErrorDomain = @"MTLCaptureErrorDomain";

namespace {

std::mutex captureMutex;
std::ofstream *captureFile = nullptr;
std::atomic<bool> capturing{false};

bool permitted() {
  const char *enabled = std::getenv("MTL_CAPTURE_ENABLED");
  return enabled != nullptr && std::string(enabled) == "1" && !Settings::shared().fails("capture");
}

}  // namespace

@implementation MTLCaptureDescriptor
- (id)init {
  if ((self = [super init])) _destination = MTLCaptureDestinationDeveloperTools;
  return self;
}
- (void)dealloc {
  [_captureObject release];
  [_outputURL release];
  [super dealloc];
}
- (id)copyWithZone:(NSZone *)zone {
  MTLCaptureDescriptor *copy = [[MTLCaptureDescriptor allocWithZone:zone] init];
  copy.captureObject = _captureObject;
  copy.destination = _destination;
  copy.outputURL = _outputURL;
  return copy;
}
@synthesize captureObject = _captureObject;
@synthesize destination = _destination;
@synthesize outputURL = _outputURL;
@end

@implementation MTLCaptureManager
+ (MTLCaptureManager *)sharedCaptureManager {
  static MTLCaptureManager *const manager = [[MTLCaptureManager alloc] init];
  return manager;
}
- (BOOL)supportsDestination:(MTLCaptureDestination)destination {
  return destination == MTLCaptureDestinationGPUTraceDocument && permitted();
}
- (BOOL)startCaptureWithDescriptor:(MTLCaptureDescriptor *)descriptor error:(NSError **)error {
  const auto refuse = [&](MTLCaptureError code, const std::string &why) {
    if (error != nullptr) *error = makeError(MTLCaptureErrorDomain, code, why);
    return NO;
  };
  const std::lock_guard<std::mutex> lock(captureMutex);
  if (captureFile != nullptr) return refuse(MTLCaptureErrorAlreadyCapturing, "a capture is running already");
  if (descriptor.destination != MTLCaptureDestinationGPUTraceDocument || !permitted())
    return refuse(MTLCaptureErrorNotSupported, "capturing is not supported: MTL_CAPTURE_ENABLED is not 1");
  NSString *path = [descriptor.outputURL path];
  if (path == nil || ![path isAbsolutePath] || descriptor.captureObject == nil)
    return refuse(MTLCaptureErrorInvalidDescriptor, "a capture needs an object and an absolute path");
  NSFileManager *files = [NSFileManager defaultManager];
  if ([files fileExistsAtPath:path])
    return refuse(MTLCaptureErrorInvalidDescriptor, "the output exists already: " + text(path));
  if (![files createDirectoryAtPath:path withIntermediateDirectories:NO attributes:nil error:nullptr])
    return refuse(MTLCaptureErrorInvalidDescriptor, "the output cannot be made: " + text(path));
  captureFile = new std::ofstream(text(path) + "/commands.txt");
  capturing = true;
  _isCapturing = YES;
  return YES;
}
- (void)stopCapture {
  const std::lock_guard<std::mutex> lock(captureMutex);
  delete captureFile;
  captureFile = nullptr;
  capturing = false;
  _isCapturing = NO;
}
- (BOOL)isCapturing {
  return _isCapturing;
}
@end

@implementation SoftCapture
+ (BOOL)isCapturing {
  return capturing;
}
+ (void)committed:(CommandBufferRecord &)record {
  if (!capturing || !record.captured) return;
  const std::lock_guard<std::mutex> lock(captureMutex);
  if (captureFile == nullptr) return;
  std::ofstream &file = *captureFile;
  file << "commandBuffer " << record.label << "\n";
  for (const auto &encoder : record.encoders) {
    file << "  " << (encoder->compute ? "computeEncoder " : "blitEncoder ") << encoder->label << "\n";
    for (const auto &fence : encoder->waits) file << "    waitForFence " << fence->label << "\n";
    for (const auto &command : encoder->commands) {
      const std::string label = encoder->labels[command.label].text();
      switch (command.kind) {
        case Command::Kind::dispatch:
          file << "    dispatch " << label << " " << command.program->source.name << "\n";
          break;
        case Command::Kind::copy:
          file << "    copy " << label << " " << command.length << "\n";
          break;
        case Command::Kind::fill:
          file << "    fill " << label << " " << command.length << "\n";
          break;
        case Command::Kind::barrier:
          file << "    barrier "
               << (command.everything ? "buffers" : std::to_string(command.count)) << "\n";
          break;
      }
    }
    for (const auto &fence : encoder->updates) file << "    updateFence " << fence->label << "\n";
  }
  file.flush();
}
@end
