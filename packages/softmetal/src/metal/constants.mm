#include "constants.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace softmetal {

namespace {

struct TypeName {
  const char *name;
  MTLDataType type;
  NSUInteger bytes;
};
const TypeName names[] = {
    {"bool", MTLDataTypeBool, 1},   {"char", MTLDataTypeChar, 1},     {"uchar", MTLDataTypeUChar, 1},
    {"short", MTLDataTypeShort, 2}, {"ushort", MTLDataTypeUShort, 2}, {"int", MTLDataTypeInt, 4},
    {"uint", MTLDataTypeUInt, 4},   {"long", MTLDataTypeLong, 8},     {"ulong", MTLDataTypeULong, 8},
    {"half", MTLDataTypeHalf, 2},   {"float", MTLDataTypeFloat, 4}};

template <class T>
T as(const void *value) {
  T result;
  std::memcpy(&result, value, sizeof result);
  return result;
}

std::string real(float value) {
  if (std::isnan(value)) return "__builtin_nanf(\"\")";
  if (std::isinf(value)) return value > 0 ? "__builtin_inff()" : "-__builtin_inff()";
  char text[64];
  std::snprintf(text, sizeof text, "%af", static_cast<double>(value));
  return text;
}

float halfValue(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float value = exponent == 31  ? (mantissa != 0 ? NAN : INFINITY)
                : exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

}  // namespace

std::string constantText(const void *value, MTLDataType type) {
  switch (type) {
    case MTLDataTypeBool:
      return as<std::uint8_t>(value) != 0 ? "true" : "false";
    case MTLDataTypeChar:
      return std::to_string(as<std::int8_t>(value));
    case MTLDataTypeUChar:
      return std::to_string(as<std::uint8_t>(value));
    case MTLDataTypeShort:
      return std::to_string(as<std::int16_t>(value));
    case MTLDataTypeUShort:
      return std::to_string(as<std::uint16_t>(value));
    case MTLDataTypeInt:
      return "(int)" + std::to_string(as<std::int32_t>(value)) + "l";
    case MTLDataTypeUInt:
      return std::to_string(as<std::uint32_t>(value)) + "u";
    case MTLDataTypeLong:
      return "(long)" + std::to_string(as<std::uint64_t>(value)) + "ul";
    case MTLDataTypeULong:
      return std::to_string(as<std::uint64_t>(value)) + "ul";
    case MTLDataTypeHalf:
      return "(half)" + real(halfValue(as<std::uint16_t>(value)));
    case MTLDataTypeFloat:
      return real(as<float>(value));
    default:
      return "";
  }
}

NSUInteger constantBytes(MTLDataType type) {
  for (const auto &n : names)
    if (n.type == type) return n.bytes;
  return 0;
}

MTLDataType constantType(const std::string &name) {
  for (const auto &n : names)
    if (name == n.name) return n.type;
  return MTLDataTypeNone;
}

}  // namespace softmetal
