/**
 * What a compiled kernel and the device agree on. Included by the kernel's shared object and by
 * libsoftmetal, so it names no header of either side.
 */
#pragma once

/** Where one thread stands. The arrays are x, y, z; sizes are those of the threadgroup it runs in. */
struct SmThread {
  unsigned thread_position_in_grid[3];
  unsigned thread_position_in_threadgroup[3];
  unsigned threadgroup_position_in_grid[3];
  unsigned threads_per_threadgroup[3];
  unsigned dispatch_threads_per_threadgroup[3];
  unsigned threadgroups_per_grid[3];
  unsigned threads_per_grid[3];
  unsigned thread_index_in_threadgroup[3];
  unsigned thread_index_in_simdgroup[3];
  unsigned simdgroup_index_in_threadgroup[3];
  unsigned simdgroups_per_threadgroup[3];
  unsigned threads_per_simdgroup[3];
};

/** What the lanes of a SIMD group gave to one operation. `active` has a bit for each that took part. */
struct SmLanes {
  unsigned active;
  alignas(32) unsigned char value[32][32];
};

enum SmAccessKind { SmRead = 0, SmWrite = 1, SmAtomic = 2 };

/** What a kernel calls. Set once, right after the shared object was opened. */
struct SmRuntime {
  void (*threadgroup_barrier)(const void *site);
  const SmLanes *(*collect)(const void *value, unsigned bytes, const void *site);
  /** The lane that runs, 0 to 31. */
  unsigned (*lane)();
  void (*access)(const void *address, unsigned long bytes, unsigned kind);
  /** Device memory lies in here; accesses elsewhere are a thread's own business. */
  const unsigned char *arena;
  unsigned long arenaBytes;
};

/** `buffers` and `threadgroups` by their index in the argument table. */
typedef void SmKernel(void *const *buffers, void *const *threadgroups, const SmThread *thread);
