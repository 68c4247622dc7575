/**
 * The part of Metal that Wick uses, with the signatures of Apple's public documentation, for Linux.
 * Implemented by libsoftmetal; what softmetal adds for tests is in <Softmetal/Softmetal.h>.
 */
#pragma once
#import <Foundation/Foundation.h>
#import <Metal/MTLTypes.h>
#import <Metal/MTLResource.h>
#import <Metal/MTLLibrary.h>
#import <Metal/MTLComputePipeline.h>
#import <Metal/MTLCommandBuffer.h>
#import <Metal/MTLCommandEncoder.h>
#import <Metal/MTLCaptureManager.h>
#import <Metal/MTLDevice.h>
