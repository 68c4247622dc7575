#include "tokens.h"

namespace softmetal {

std::vector<Token> tokenize(const std::string &source) {
  std::vector<Token> tokens;
  const std::size_t size = source.size();
  const auto letter = [&](std::size_t i) {
    return std::isalnum(static_cast<unsigned char>(source[i])) || source[i] == '_';
  };
  bool lineStart = true;
  for (std::size_t i = 0; i < size;) {
    const char c = source[i];
    if (c == '\n') {
      lineStart = true;
      i++;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      i++;
    } else if (c == '#' && lineStart) {
      while (i < size && source[i] != '\n') i++;
    } else {
      lineStart = false;
      const std::size_t begin = i;
      Token::Kind kind = Token::Kind::sign;
      if (std::isdigit(static_cast<unsigned char>(c))) {
        kind = Token::Kind::number;
        while (i < size && (letter(i) || source[i] == '.' || source[i] == '\'')) i++;
      } else if (letter(i)) {
        kind = Token::Kind::word;
        while (i < size && letter(i)) i++;
      } else if (c == '"' || c == '\'') {
        kind = Token::Kind::text;
        for (i++; i < size && source[i] != c; i++)
          if (source[i] == '\\') i++;
        i = i < size ? i + 1 : size;
      } else {
        i++;
      }
      tokens.push_back({kind, begin, i});
    }
  }
  return tokens;
}

}  // namespace softmetal
