#pragma once
#import <Metal/MTLTypes.h>

typedef NS_ENUM(NSInteger, MTLCaptureError) {
  MTLCaptureErrorNotSupported = 1,
  MTLCaptureErrorAlreadyCapturing = 2,
  MTLCaptureErrorInvalidDescriptor = 3,
};
MTL_EXTERN NSString *const MTLCaptureErrorDomain;

typedef NS_ENUM(NSInteger, MTLCaptureDestination) {
  MTLCaptureDestinationDeveloperTools = 1,
  MTLCaptureDestinationGPUTraceDocument = 2,
};

@interface MTLCaptureDescriptor : NSObject <NSCopying> {
  id _captureObject;
  MTLCaptureDestination _destination;
  NSURL *_outputURL;
}
@property(readwrite, nonatomic, retain) id captureObject;
@property(readwrite, nonatomic) MTLCaptureDestination destination;
@property(readwrite, nonatomic, copy) NSURL *outputURL;
@end

@interface MTLCaptureManager : NSObject {
  BOOL _isCapturing;
}
+ (MTLCaptureManager *)sharedCaptureManager;
- (BOOL)supportsDestination:(MTLCaptureDestination)destination;
- (BOOL)startCaptureWithDescriptor:(MTLCaptureDescriptor *)descriptor error:(NSError **)error;
- (void)stopCapture;
@property(readonly) BOOL isCapturing;
@end
