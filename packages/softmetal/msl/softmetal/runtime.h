/**
 * What a kernel asks of the device that runs it. Calls that wait for other threads are convergent and
 * never duplicated, so that one operation in the source stays one place in the program: the device
 * tells operations apart by the address that they are called from.
 */
#pragma once
#include "abi.h"

extern "C" {
// Defined by the entry point: clang 14 takes a variable of a precompiled header for a constant.
extern SmRuntime sm_runtime;

#define SM_TOGETHER __attribute__((convergent, noduplicate, noinline, no_sanitize("thread"), unused)) static
SM_TOGETHER void sm_threadgroup_barrier() { sm_runtime.threadgroup_barrier(__builtin_return_address(0)); }
SM_TOGETHER const SmLanes *sm_collect(const void *value, unsigned bytes) {
  return sm_runtime.collect(value, bytes, __builtin_return_address(0));
}
}

#if defined(SM_TRACK)
// The compiler calls these before each access to memory that another thread could see.
#define SM_HIDDEN extern "C" __attribute__((visibility("hidden"), no_sanitize("thread"), used))
SM_HIDDEN inline void sm_access(const void *address, unsigned long bytes, unsigned kind) {
  if ((unsigned long)((const unsigned char *)address - sm_runtime.arena) < sm_runtime.arenaBytes)
    sm_runtime.access(address, bytes, kind);
}
#define SM_CALLBACK(BYTES)                                                                \
  SM_HIDDEN void __tsan_read##BYTES(void *p) { sm_access(p, BYTES, SmRead); }             \
  SM_HIDDEN void __tsan_write##BYTES(void *p) { sm_access(p, BYTES, SmWrite); }           \
  SM_HIDDEN void __tsan_unaligned_read##BYTES(void *p) { sm_access(p, BYTES, SmRead); }   \
  SM_HIDDEN void __tsan_unaligned_write##BYTES(void *p) { sm_access(p, BYTES, SmWrite); } \
  SM_HIDDEN void __tsan_read_write##BYTES(void *p) { sm_access(p, BYTES, SmWrite); }      \
  SM_HIDDEN void __tsan_unaligned_read_write##BYTES(void *p) { sm_access(p, BYTES, SmWrite); }
SM_CALLBACK(1)
SM_CALLBACK(2)
SM_CALLBACK(4)
SM_CALLBACK(8)
SM_CALLBACK(16)
SM_HIDDEN void __tsan_init() {}
SM_HIDDEN void __tsan_func_entry(void *) {}
SM_HIDDEN void __tsan_func_exit() {}
SM_HIDDEN void __tsan_vptr_update(void **, void *) {}
SM_HIDDEN __attribute__((no_builtin)) void *memcpy(void *to, const void *from, unsigned long bytes) {
  if (bytes == 0) return to;
  sm_access(from, bytes, SmRead);
  sm_access(to, bytes, SmWrite);
  for (unsigned long i = 0; i < bytes; i++) ((volatile char *)to)[i] = ((const volatile char *)from)[i];
  return to;
}
SM_HIDDEN __attribute__((no_builtin)) void *memmove(void *to, const void *from, unsigned long bytes) {
  if (bytes == 0) return to;
  sm_access(from, bytes, SmRead);
  sm_access(to, bytes, SmWrite);
  if (to <= from) {
    for (unsigned long i = 0; i < bytes; i++) ((volatile char *)to)[i] = ((const volatile char *)from)[i];
  } else {
    for (unsigned long i = bytes; i-- > 0;) ((volatile char *)to)[i] = ((const volatile char *)from)[i];
  }
  return to;
}
SM_HIDDEN __attribute__((no_builtin)) void *memset(void *to, int value, unsigned long bytes) {
  if (bytes == 0) return to;
  sm_access(to, bytes, SmWrite);
  for (unsigned long i = 0; i < bytes; i++) ((volatile char *)to)[i] = (char)value;
  return to;
}
#define SM_TRACK_ACCESS(P, BYTES, KIND) sm_access((const void *)(P), BYTES, KIND)
#else
#define SM_TRACK_ACCESS(P, BYTES, KIND) ((void)0)
#endif
