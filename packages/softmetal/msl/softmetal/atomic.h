/** Atomics, relaxed only, as in MSL. One thread of the host runs all threads, so plain code is atomic. */
#pragma once

namespace metal {
template <class T>
struct atomic {
  T sm_value;
};
typedef atomic<int> atomic_int;
typedef atomic<uint> atomic_uint;
typedef atomic<ulong> atomic_ulong;
typedef atomic<float> atomic_float;
typedef atomic<bool> atomic_bool;

#define SM_UNTRACKED inline __attribute__((no_sanitize("thread"), noinline))
#define SM_ATOMIC_FETCH(SPACE, NAME, EXPRESSION)                                          \
  template <class T>                                                                      \
  SM_UNTRACKED T NAME(volatile SPACE atomic<T> *object, sm_same<T> value, memory_order) { \
    SM_TRACK_ACCESS(object, sizeof(T), SmAtomic);                                         \
    T before = object->sm_value;                                                          \
    object->sm_value = EXPRESSION;                                                        \
    return before;                                                                        \
  }
#define SM_ATOMICS(SPACE)                                                                               \
  template <class T>                                                                                    \
  SM_UNTRACKED T atomic_load_explicit(const volatile SPACE atomic<T> *object, memory_order) {           \
    SM_TRACK_ACCESS(object, sizeof(T), SmAtomic);                                                       \
    return object->sm_value;                                                                            \
  }                                                                                                     \
  template <class T>                                                                                    \
  SM_UNTRACKED void atomic_store_explicit(volatile SPACE atomic<T> *object, sm_same<T> value,           \
                                          memory_order) {                                               \
    SM_TRACK_ACCESS(object, sizeof(T), SmAtomic);                                                       \
    object->sm_value = value;                                                                           \
  }                                                                                                     \
  template <class T>                                                                                    \
  SM_UNTRACKED bool atomic_compare_exchange_weak_explicit(volatile SPACE atomic<T> *object,             \
                                                          thread T *expected, sm_same<T> desired,       \
                                                          memory_order, memory_order) {                 \
    SM_TRACK_ACCESS(object, sizeof(T), SmAtomic);                                                       \
    T before = object->sm_value;                                                                        \
    bool same =                                                                                         \
        sizeof(T) == 4 ? sm_as_type<uint>(before) == sm_as_type<uint>(*expected) : before == *expected; \
    if (same)                                                                                           \
      object->sm_value = desired;                                                                       \
    else                                                                                                \
      *expected = before;                                                                               \
    return same;                                                                                        \
  }                                                                                                     \
  SM_ATOMIC_FETCH(SPACE, atomic_exchange_explicit, value)                                               \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_add_explicit, before + value)                                     \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_sub_explicit, before - value)                                     \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_max_explicit, max(before, value))                                 \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_min_explicit, min(before, value))                                 \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_and_explicit, before &value)                                      \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_or_explicit, before | value)                                      \
  SM_ATOMIC_FETCH(SPACE, atomic_fetch_xor_explicit, before ^ value)
SM_ATOMICS(device)
#if defined(SM_ADDRESS_SPACES)
SM_ATOMICS(threadgroup)
#endif
#undef SM_ATOMICS
#undef SM_ATOMIC_FETCH
}  // namespace metal
