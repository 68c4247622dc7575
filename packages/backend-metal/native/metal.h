// The one place where the host matters: on macOS the system's Metal, elsewhere the header that the build
// names (softmetal, for tests).
#pragma once

#ifndef WICK_METAL_HEADER
#define WICK_METAL_HEADER <Metal/Metal.h>
#endif

#import <Foundation/Foundation.h>
#import WICK_METAL_HEADER
