/** GNUstep's headers ask the Objective-C runtime for this; Debian has it in a library of its own. */
#pragma once
#include <Block.h>
