/**
 * `float4(a, b)` as a call. A macro with arguments leaves the type's name alone where no parenthesis
 * follows. Included last, because the headers before it use the names as types.
 */
#pragma once

#define char2(...) make_vec<char, 2>(__VA_ARGS__)
#define char3(...) make_vec<char, 3>(__VA_ARGS__)
#define char4(...) make_vec<char, 4>(__VA_ARGS__)
#define uchar2(...) make_vec<uchar, 2>(__VA_ARGS__)
#define uchar3(...) make_vec<uchar, 3>(__VA_ARGS__)
#define uchar4(...) make_vec<uchar, 4>(__VA_ARGS__)
#define short2(...) make_vec<short, 2>(__VA_ARGS__)
#define short3(...) make_vec<short, 3>(__VA_ARGS__)
#define short4(...) make_vec<short, 4>(__VA_ARGS__)
#define ushort2(...) make_vec<ushort, 2>(__VA_ARGS__)
#define ushort3(...) make_vec<ushort, 3>(__VA_ARGS__)
#define ushort4(...) make_vec<ushort, 4>(__VA_ARGS__)
#define int2(...) make_vec<int, 2>(__VA_ARGS__)
#define int3(...) make_vec<int, 3>(__VA_ARGS__)
#define int4(...) make_vec<int, 4>(__VA_ARGS__)
#define uint2(...) make_vec<uint, 2>(__VA_ARGS__)
#define uint3(...) make_vec<uint, 3>(__VA_ARGS__)
#define uint4(...) make_vec<uint, 4>(__VA_ARGS__)
#define long2(...) make_vec<long, 2>(__VA_ARGS__)
#define long3(...) make_vec<long, 3>(__VA_ARGS__)
#define long4(...) make_vec<long, 4>(__VA_ARGS__)
#define ulong2(...) make_vec<ulong, 2>(__VA_ARGS__)
#define ulong3(...) make_vec<ulong, 3>(__VA_ARGS__)
#define ulong4(...) make_vec<ulong, 4>(__VA_ARGS__)
#define half2(...) make_vec<half, 2>(__VA_ARGS__)
#define half3(...) make_vec<half, 3>(__VA_ARGS__)
#define half4(...) make_vec<half, 4>(__VA_ARGS__)
#define float2(...) make_vec<float, 2>(__VA_ARGS__)
#define float3(...) make_vec<float, 3>(__VA_ARGS__)
#define float4(...) make_vec<float, 4>(__VA_ARGS__)
#define bool2(...) make_vec<int, 2>(__VA_ARGS__)
#define bool3(...) make_vec<int, 3>(__VA_ARGS__)
#define bool4(...) make_vec<int, 4>(__VA_ARGS__)
#define as_type sm_as_type
#if !defined(SM_ADDRESS_SPACES)
#define static_cast sm_static_cast
#endif

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VALF __builtin_inff()
#define MAXFLOAT 3.40282347e+38f
#define FLT_MAX 3.40282347e+38f
#define FLT_MIN 1.17549435e-38f
#define FLT_EPSILON 1.1920929e-07f
#define FLT_DIG 6
#define MAXHALF ((half)65504.0f)
#define HALF_MAX ((half)65504.0f)
#define HALF_MIN ((half)6.103515625e-05f)
#define HALF_EPSILON ((half)9.765625e-04f)
#define CHAR_BIT 8
#define CHAR_MAX 127
#define UCHAR_MAX 255
#define SHRT_MAX 32767
#define SHRT_MIN (-32768)
#define USHRT_MAX 65535
#define INT_MAX 2147483647
#define INT_MIN (-2147483647 - 1)
#define UINT_MAX 4294967295u
#define LONG_MAX 9223372036854775807L
#define LONG_MIN (-9223372036854775807L - 1)
#define ULONG_MAX 18446744073709551615UL
#define M_E_F 2.71828182845904523536f
#define M_LOG2E_F 1.44269504088896340736f
#define M_LOG10E_F 0.43429448190325182765f
#define M_LN2_F 0.69314718055994530942f
#define M_LN10_F 2.30258509299404568402f
#define M_PI_F 3.14159265358979323846f
#define M_PI_2_F 1.57079632679489661923f
#define M_PI_4_F 0.78539816339744830962f
#define M_1_PI_F 0.31830988618379067154f
#define M_2_PI_F 0.63661977236758134308f
#define M_2_SQRTPI_F 1.12837916709551257390f
#define M_SQRT2_F 1.41421356237309504880f
#define M_SQRT1_2_F 0.70710678118654752440f
#define METAL_FUNC inline __attribute__((__always_inline__))
#define METAL_CONST const
#define METAL_INTERNAL inline
