/** Tokens of preprocessed C++, as far as finding declarations needs them. */
#pragma once
#include <cctype>
#include <string>
#include <vector>

namespace softmetal {

struct Token {
  enum class Kind { word, number, text, sign };
  Kind kind;
  std::size_t begin;
  std::size_t end;
};

/** `[[` and `]]` of attributes are two signs each, like all other signs. Line markers are skipped. */
std::vector<Token> tokenize(const std::string &source);

}  // namespace softmetal
