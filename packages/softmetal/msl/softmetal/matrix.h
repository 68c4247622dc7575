/**
 * simdgroup_matrix: 8 by 8 elements, two in each lane. Which lane holds which is not documented by
 * Apple; this is the order that is known from kernels that read `thread_elements()`.
 */
#pragma once

namespace metal {
inline uint sm_matrix_row(uint lane) { return ((lane >> 2) & 4) + ((lane >> 1) & 3); }
inline uint sm_matrix_column(uint lane) { return ((lane >> 2) & 2) * 2 + (lane & 1) * 2; }
/** The lane that holds (row, column); of its two elements it is number `column & 1`. */
inline uint sm_matrix_lane(uint row, uint column) {
  return ((row & 4) << 2) + ((row & 3) << 1) + ((column & 4) << 1) + ((column >> 1) & 1);
}

template <class T, int Columns, int Rows>
struct simdgroup_matrix {
  static_assert(Columns == 8 && Rows == 8, "Metal has matrices of 8 by 8 only");
  typedef vec<T, 2> storage;
  simdgroup_matrix() = default;
  /** A diagonal matrix. */
  explicit simdgroup_matrix(T diagonal) {
    uint row = sm_matrix_row(sm_own_lane()), column = sm_matrix_column(sm_own_lane());
    elements = storage{row == column ? diagonal : T(0), row == column + 1 ? diagonal : T(0)};
  }
  thread storage &thread_elements() { return elements; }
  const thread storage &thread_elements() const { return elements; }
  storage elements;
};
typedef simdgroup_matrix<float, 8, 8> simdgroup_float8x8;
typedef simdgroup_matrix<half, 8, 8> simdgroup_half8x8;

template <class T, int Columns, int Rows>
inline simdgroup_matrix<T, Columns, Rows> make_filled_simdgroup_matrix(sm_same<T> value) {
  simdgroup_matrix<T, Columns, Rows> m;
  m.elements = vec<T, 2>(value);
  return m;
}

/** Where a lane's two elements are, from `origin` (column, row) on. */
inline ulong sm_matrix_offset(uint i, ulong stride, ulong2 origin, bool transpose) {
  uint lane = sm_own_lane();
  ulong row = sm_matrix_row(lane), column = sm_matrix_column(lane) + i;
  if (transpose) return (origin.y + column) * stride + origin.x + row;
  return (origin.y + row) * stride + origin.x + column;
}
#define SM_MATRIX_MEMORY(SPACE)                                                                        \
  template <class T>                                                                                   \
  inline void simdgroup_load(thread simdgroup_matrix<T, 8, 8> &m, const SPACE sm_same<T> *from,        \
                             ulong stride = 8, ulong2 origin = ulong2(0ul), bool transpose = false) {  \
    for (uint i = 0; i < 2; i++) m.elements[i] = from[sm_matrix_offset(i, stride, origin, transpose)]; \
  }                                                                                                    \
  template <class T>                                                                                   \
  inline void simdgroup_store(simdgroup_matrix<T, 8, 8> m, SPACE sm_same<T> *to, ulong stride = 8,     \
                              ulong2 origin = ulong2(0ul), bool transpose = false) {                   \
    for (uint i = 0; i < 2; i++) to[sm_matrix_offset(i, stride, origin, transpose)] = m.elements[i];   \
  }
SM_MATRIX_MEMORY(device)
#if defined(SM_ADDRESS_SPACES)
SM_MATRIX_MEMORY(threadgroup)
#endif
#undef SM_MATRIX_MEMORY

template <class A, class B>
struct sm_matrix_pair {
  vec<A, 2> a;
  vec<B, 2> b;
};
/** d = a * b + c. Sums are in float, in ascending order of the inner index, starting from c. */
template <class D, class A, class B, class C>
SM_INLINE void simdgroup_multiply_accumulate(thread simdgroup_matrix<D, 8, 8> &d, simdgroup_matrix<A, 8, 8> a,
                                             simdgroup_matrix<B, 8, 8> b, simdgroup_matrix<C, 8, 8> c) {
  typedef sm_matrix_pair<A, B> Pair;
  const SmLanes *lanes = sm_give(Pair{a.elements, b.elements});
  uint self = sm_own_lane();
  uint row = sm_matrix_row(self), column = sm_matrix_column(self);
  float2 sum = float2{float(c.elements.x), float(c.elements.y)};
  for (uint k = 0; k < 8; k += 2) {
    vec<A, 2> left = ((const Pair *)lanes->value[sm_matrix_lane(row, k)])->a;
    vec<B, 2> upper = ((const Pair *)lanes->value[sm_matrix_lane(k, column)])->b;
    vec<B, 2> lower = ((const Pair *)lanes->value[sm_matrix_lane(k + 1, column)])->b;
    sum += float(left.x) * float2{float(upper.x), float(upper.y)};
    sum += float(left.y) * float2{float(lower.x), float(lower.y)};
  }
  d.elements = vec<D, 2>{D(sum.x), D(sum.y)};
}
template <class D, class A, class B>
SM_INLINE void simdgroup_multiply(thread simdgroup_matrix<D, 8, 8> &d, simdgroup_matrix<A, 8, 8> a,
                                  simdgroup_matrix<B, 8, 8> b) {
  simdgroup_multiply_accumulate(d, a, b, make_filled_simdgroup_matrix<float, 8, 8>(0.0f));
}
}  // namespace metal
