/** What softmetal has beside Metal, for its own tests. Environment variables do the same; see settings.h. */
#pragma once
#import <Foundation/Foundation.h>

#if defined(__cplusplus)
extern "C" {
#endif
/** The seed of the order in which dispatches and threadgroups run, from the next command buffer on. */
void SoftmetalSetSeed(uint64_t seed);
uint64_t SoftmetalSeed(void);
/** What was found wrong since the last call: strings, each also printed with the seed. */
NSArray *SoftmetalTakeFindings(void);
#if defined(__cplusplus)
}
#endif
