/** Barriers, and operations of a SIMD group: 32 lanes meet, each reads what all gave. */
#pragma once

namespace metal {
enum class mem_flags { mem_none = 0, mem_device = 1, mem_threadgroup = 2, mem_texture = 4 };
inline constexpr mem_flags operator|(mem_flags a, mem_flags b) { return mem_flags(int(a) | int(b)); }
enum memory_order { memory_order_relaxed };
enum thread_scope { thread_scope_thread, thread_scope_threadgroup, thread_scope_device };

#define SM_INLINE inline __attribute__((always_inline))
SM_INLINE void threadgroup_barrier(mem_flags) { sm_threadgroup_barrier(); }
SM_INLINE void simdgroup_barrier(mem_flags) {
  uint nothing = 0;
  sm_collect(&nothing, sizeof nothing);
}

template <class T>
inline T sm_lane(const SmLanes *lanes, uint lane) {
  return *reinterpret_cast<const T *>(
      lanes->value[lane & 31]);  // clang 14 crashes on __builtin_memcpy_inline here
}
template <class T>
SM_INLINE const SmLanes *sm_give(T value) {
  static_assert(sizeof(T) <= 32, "too large for a SIMD-group operation");
  return sm_collect(&value, sizeof(T));
}
inline uint sm_own_lane() { return sm_runtime.lane(); }

/** Folds pairs of neighbours, then pairs of pairs, so that rounding does not grow with the lanes. */
template <class T, class F>
inline T sm_fold(const SmLanes *lanes, F fold) {
  T values[32];
  uint count = 0;
  for (uint i = 0; i < 32; i++)
    if (lanes->active >> i & 1) values[count++] = sm_lane<T>(lanes, i);
  while (count > 1) {
    uint half_count = count / 2;
    for (uint i = 0; i < half_count; i++) values[i] = fold(values[2 * i], values[2 * i + 1]);
    if (count & 1) values[half_count++] = values[count - 1];
    count = half_count;
  }
  return values[0];
}
template <class T, class F>
inline T sm_scan(const SmLanes *lanes, T start, bool inclusive, F fold) {
  uint self = sm_own_lane();
  T result = start;
  for (uint i = 0; i < self + (inclusive ? 1 : 0); i++)
    if (lanes->active >> i & 1) result = fold(result, sm_lane<T>(lanes, i));
  return result;
}

#define SM_SIMD_FOLD(NAME, EXPRESSION)                                           \
  template <class T>                                                             \
  SM_INLINE T NAME(T value) {                                                    \
    return sm_fold<T>(sm_give(value), [](T a, T b) -> T { return EXPRESSION; }); \
  }
SM_SIMD_FOLD(simd_sum, a + b)
SM_SIMD_FOLD(simd_product, a *b)
SM_SIMD_FOLD(simd_max, max(a, b))
SM_SIMD_FOLD(simd_min, min(a, b))
SM_SIMD_FOLD(simd_and, a &b)
SM_SIMD_FOLD(simd_or, a | b)
SM_SIMD_FOLD(simd_xor, a ^ b)
#undef SM_SIMD_FOLD
template <class T>
SM_INLINE T simd_prefix_inclusive_sum(T value) {
  return sm_scan<T>(sm_give(value), T(0), true, [](T a, T b) -> T { return a + b; });
}
template <class T>
SM_INLINE T simd_prefix_exclusive_sum(T value) {
  return sm_scan<T>(sm_give(value), T(0), false, [](T a, T b) -> T { return a + b; });
}
template <class T>
SM_INLINE T simd_prefix_inclusive_product(T value) {
  return sm_scan<T>(sm_give(value), T(1), true, [](T a, T b) -> T { return a * b; });
}
template <class T>
SM_INLINE T simd_prefix_exclusive_product(T value) {
  return sm_scan<T>(sm_give(value), T(1), false, [](T a, T b) -> T { return a * b; });
}

/** What a lane outside of the group gives: an undefined value, here a lane's own. */
template <class T>
inline T sm_from(const SmLanes *lanes, uint lane) {
  return sm_lane<T>(lanes, lane < 32 && (lanes->active >> lane & 1) ? lane : sm_own_lane());
}
template <class T>
SM_INLINE T simd_shuffle(T value, ushort lane) {
  return sm_from<T>(sm_give(value), lane);
}
template <class T>
SM_INLINE T simd_shuffle_xor(T value, ushort mask) {
  return sm_from<T>(sm_give(value), sm_own_lane() ^ mask);
}
template <class T>
SM_INLINE T simd_shuffle_down(T value, ushort delta) {
  return sm_from<T>(sm_give(value), sm_own_lane() + delta);
}
template <class T>
SM_INLINE T simd_shuffle_up(T value, ushort delta) {
  return sm_from<T>(sm_give(value), sm_own_lane() - delta);
}
template <class T>
SM_INLINE T simd_shuffle_rotate_down(T value, ushort delta) {
  return sm_from<T>(sm_give(value), (sm_own_lane() + delta) & 31);
}
template <class T>
SM_INLINE T simd_shuffle_rotate_up(T value, ushort delta) {
  return sm_from<T>(sm_give(value), (sm_own_lane() - delta) & 31);
}
template <class T>
SM_INLINE T simd_broadcast(T value, ushort lane) {
  return sm_from<T>(sm_give(value), lane);
}
template <class T>
SM_INLINE T simd_broadcast_first(T value) {
  const SmLanes *lanes = sm_give(value);
  return sm_lane<T>(lanes, __builtin_ctz(lanes->active));
}

class simd_vote {
 public:
  typedef ulong vote_t;
  explicit simd_vote(vote_t votes = 0) : votes_(votes) {}
  explicit operator vote_t() const { return votes_; }
  bool all() const { return votes_ == 0xffffffffu; }
  bool any() const { return votes_ != 0; }

 private:
  vote_t votes_;
};
inline ulong sm_votes(const SmLanes *lanes) {
  ulong votes = 0;
  for (uint i = 0; i < 32; i++)
    if ((lanes->active >> i & 1) && sm_lane<uint>(lanes, i)) votes |= 1ul << i;
  return votes;
}
SM_INLINE simd_vote simd_ballot(bool value) { return simd_vote(sm_votes(sm_give<uint>(value))); }
SM_INLINE simd_vote simd_active_threads_mask() { return simd_vote(sm_give<uint>(0)->active); }
SM_INLINE bool simd_any(bool value) { return sm_votes(sm_give<uint>(value)) != 0; }
SM_INLINE bool simd_all(bool value) {
  const SmLanes *lanes = sm_give<uint>(value);
  return sm_votes(lanes) == lanes->active;
}
SM_INLINE bool simd_is_first() { return (uint)__builtin_ctz(sm_give<uint>(0)->active) == sm_own_lane(); }

// The four lanes of a quad are neighbours.
template <class T>
SM_INLINE T quad_sum(T value) {
  const SmLanes *lanes = sm_give(value);
  uint first = sm_own_lane() & ~3u;
  return (sm_lane<T>(lanes, first) + sm_lane<T>(lanes, first + 1)) +
         (sm_lane<T>(lanes, first + 2) + sm_lane<T>(lanes, first + 3));
}
template <class T>
SM_INLINE T quad_max(T value) {
  const SmLanes *lanes = sm_give(value);
  uint first = sm_own_lane() & ~3u;
  return max(max(sm_lane<T>(lanes, first), sm_lane<T>(lanes, first + 1)),
             max(sm_lane<T>(lanes, first + 2), sm_lane<T>(lanes, first + 3)));
}
template <class T>
SM_INLINE T quad_broadcast(T value, ushort lane) {
  return sm_lane<T>(sm_give(value), (sm_own_lane() & ~3u) + (lane & 3));
}
template <class T>
SM_INLINE T quad_shuffle(T value, ushort lane) {
  return quad_broadcast(value, lane);
}
template <class T>
SM_INLINE T quad_shuffle_xor(T value, ushort mask) {
  return sm_lane<T>(sm_give(value), sm_own_lane() ^ (mask & 3));
}
}  // namespace metal
