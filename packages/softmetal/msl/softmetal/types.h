/**
 * Scalar and vector types, address spaces, and the constructors of vectors.
 *
 * Two ways to compile: with SM_ADDRESS_SPACES the qualifiers are real and conversions between them are
 * errors (only checked, never run); without it they are empty, because C++ cannot copy a struct out of
 * an address space.
 */
#pragma once

#if defined(SM_ADDRESS_SPACES)
#define device __attribute__((opencl_global))
#define constant __attribute__((opencl_constant)) const
#define threadgroup __attribute__((opencl_local))
#define thread
#else
#define device
#define constant const
#define threadgroup
#define thread
#endif
#define kernel static __attribute__((unused))

typedef __fp16 half;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
typedef unsigned long size_t;
typedef long ptrdiff_t;

constexpr half operator""h(long double value) { return (half)value; }
constexpr half operator""h(unsigned long long value) { return (half)value; }

namespace metal {
template <class T, int N>
using vec = T __attribute__((ext_vector_type(N)));

template <class T>
struct sm_identity {
  typedef T type;
};
/** A parameter that takes part in conversions and not in deduction. */
template <class T>
using sm_same = typename sm_identity<T>::type;

template <bool C, class T = void>
struct enable_if {};
template <class T>
struct enable_if<true, T> {
  typedef T type;
};
template <bool C, class T = void>
using enable_if_t = typename enable_if<C, T>::type;
template <bool C, class A, class B>
struct conditional {
  typedef A type;
};
template <class A, class B>
struct conditional<false, A, B> {
  typedef B type;
};
template <bool C, class A, class B>
using conditional_t = typename conditional<C, A, B>::type;
template <class A, class B>
struct is_same {
  static constexpr bool value = false;
};
template <class A>
struct is_same<A, A> {
  static constexpr bool value = true;
};
template <class A, class B>
constexpr bool is_same_v = is_same<A, B>::value;

/** `size` is 1 for a scalar. */
template <class T>
struct sm_shape {
  typedef T element;
  static constexpr int size = 1;
};
template <class T, int N>
struct sm_shape<vec<T, N>> {
  typedef T element;
  static constexpr int size = N;
};

template <class T>
struct sm_packed3;
template <class T>
struct sm_shape<sm_packed3<T>> {
  typedef T element;
  static constexpr int size = 3;
};

template <class T, int N, class U>
constexpr void sm_append(vec<T, N> &to, int &at, U value) {
  if constexpr (sm_shape<U>::size == 1) {
    to[at++] = (T)value;
  } else {
    for (int i = 0; i < sm_shape<U>::size; i++) to[at++] = (T)value[i];
  }
}

/** The constructors of a vector: one scalar for all, one vector converted, or a list of both. */
template <class T, int N, class... A>
inline vec<T, N> make_vec(A... a) {
  if constexpr (sizeof...(A) == 0) {
    return vec<T, N>(T(0));
  } else if constexpr (sizeof...(A) == 1 && ((sm_shape<A>::size == 1) && ...)) {
    return vec<T, N>((T(a), ...));
  } else {
    static_assert((sm_shape<A>::size + ...) == N, "a vector needs as many components as it has");
    vec<T, N> result;
    int at = 0;
    (sm_append<T, N>(result, at, a), ...);
    return result;
  }
}

template <class T>
struct remove_reference {
  typedef T type;
};
template <class T>
struct remove_reference<T &> {
  typedef T type;
};
template <class T>
struct remove_reference<T &&> {
  typedef T type;
};
template <class T>
struct remove_cv {
  typedef T type;
};
template <class T>
struct remove_cv<const T> {
  typedef T type;
};
template <class T>
using sm_bare = typename remove_cv<typename remove_reference<T>::type>::type;

/** `static_cast`, which in MSL also converts vectors. */
template <class To, class From>
inline constexpr To sm_static_cast(From &&from) {
  if constexpr (sm_shape<To>::size > 1 && sm_shape<sm_bare<From>>::size > 1) {
    return __builtin_convertvector(from, To);
  } else {
    return static_cast<To>(from);
  }
}

/** The bits of a value as another type of the same size. */
template <class To, class From>
inline To sm_as_type(From from) {
  static_assert(sizeof(To) == sizeof(From), "as_type needs types of one size");
  return __builtin_bit_cast(To, from);
}

/** Three components without padding: a class, because a vector of three has the size of four. */
template <class T>
struct sm_packed3 {
  union {
    struct {
      T x, y, z;
    };
    struct {
      T r, g, b;
    };
    T v[3];
  };
  sm_packed3() = default;
  sm_packed3(vec<T, 3> from) : x(from.x), y(from.y), z(from.z) {}
  sm_packed3(T x, T y, T z) : x(x), y(y), z(z) {}
  operator vec<T, 3>() const { return vec<T, 3>{x, y, z}; }
  T &operator[](int i) { return v[i]; }
  const T &operator[](int i) const { return v[i]; }
};
template <class T>
inline vec<T, 3> operator+(sm_packed3<T> a, sm_packed3<T> b) {
  return vec<T, 3>(a) + vec<T, 3>(b);
}
template <class T>
inline vec<T, 3> operator-(sm_packed3<T> a, sm_packed3<T> b) {
  return vec<T, 3>(a) - vec<T, 3>(b);
}
template <class T>
inline vec<T, 3> operator*(sm_packed3<T> a, sm_packed3<T> b) {
  return vec<T, 3>(a) * vec<T, 3>(b);
}
template <class T>
inline vec<T, 3> operator*(sm_packed3<T> a, T b) {
  return vec<T, 3>(a) * b;
}

#define SM_TYPES_OF(T)                                                             \
  typedef vec<T, 2> T##2;                                                          \
  typedef vec<T, 3> T##3;                                                          \
  typedef vec<T, 4> T##4;                                                          \
  typedef T packed_##T##2 __attribute__((ext_vector_type(2), aligned(sizeof(T)))); \
  typedef sm_packed3<T> packed_##T##3;                                             \
  typedef T packed_##T##4 __attribute__((ext_vector_type(4), aligned(sizeof(T))));
SM_TYPES_OF(char)
SM_TYPES_OF(uchar)
SM_TYPES_OF(short)
SM_TYPES_OF(ushort)
SM_TYPES_OF(int)
SM_TYPES_OF(uint)
SM_TYPES_OF(long)
SM_TYPES_OF(ulong)
SM_TYPES_OF(half)
SM_TYPES_OF(float)
#undef SM_TYPES_OF
/** Comparisons of 32-bit vectors give -1 and 0 in each component, which `select`, `any` and `all` take. */
typedef int2 bool2;
typedef int3 bool3;
typedef int4 bool4;

template <class T, unsigned long N>
struct array {
  T elements[N];
  T &operator[](unsigned long i) { return elements[i]; }
  const T &operator[](unsigned long i) const { return elements[i]; }
  constexpr unsigned long size() const { return N; }
};

template <class T>
struct numeric_limits;
#define SM_INTEGER_LIMITS(T, LOW, HIGH)         \
  template <>                                   \
  struct numeric_limits<T> {                    \
    static constexpr T min() { return LOW; }    \
    static constexpr T lowest() { return LOW; } \
    static constexpr T max() { return HIGH; }   \
  };
SM_INTEGER_LIMITS(char, -128, 127)
SM_INTEGER_LIMITS(uchar, 0, 255)
SM_INTEGER_LIMITS(short, -32768, 32767)
SM_INTEGER_LIMITS(ushort, 0, 65535)
SM_INTEGER_LIMITS(int, (-2147483647 - 1), 2147483647)
SM_INTEGER_LIMITS(uint, 0, 4294967295u)
SM_INTEGER_LIMITS(long, (-9223372036854775807L - 1), 9223372036854775807L)
SM_INTEGER_LIMITS(ulong, 0, 18446744073709551615UL)
#undef SM_INTEGER_LIMITS
template <>
struct numeric_limits<float> {
  static constexpr float min() { return 1.17549435e-38f; }
  static constexpr float max() { return 3.40282347e+38f; }
  static constexpr float lowest() { return -3.40282347e+38f; }
  static constexpr float epsilon() { return 1.1920929e-07f; }
  static constexpr float infinity() { return __builtin_inff(); }
  static constexpr float quiet_NaN() { return __builtin_nanf(""); }
};
template <>
struct numeric_limits<half> {
  static constexpr half min() { return (half)6.103515625e-05f; }
  static constexpr half max() { return (half)65504.0f; }
  static constexpr half lowest() { return (half)-65504.0f; }
  static constexpr half epsilon() { return (half)9.765625e-04f; }
  static constexpr half infinity() { return (half)__builtin_inff(); }
  static constexpr half quiet_NaN() { return (half)__builtin_nanf(""); }
};
}  // namespace metal
