#include "source.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "tokens.h"

namespace softmetal {

namespace {

const char *const positions[] = {"thread_position_in_grid",
                                 "thread_position_in_threadgroup",
                                 "threadgroup_position_in_grid",
                                 "threads_per_threadgroup",
                                 "dispatch_threads_per_threadgroup",
                                 "threadgroups_per_grid",
                                 "threads_per_grid",
                                 "thread_index_in_threadgroup",
                                 "thread_index_in_simdgroup",
                                 "simdgroup_index_in_threadgroup",
                                 "simdgroups_per_threadgroup",
                                 "threads_per_simdgroup"};

struct Edit {
  std::size_t begin;
  std::size_t end;
  std::string text;
};

/** Walks the tokens once. Indices below are into `tokens`. */
class Reader {
 public:
  explicit Reader(const std::string &source) : source_(source), tokens_(tokenize(source)) {}

  ParsedSource read() {
    for (std::size_t i = 0; i < tokens_.size();) i = step(i);
    result_.text = edited();
    return std::move(result_);
  }

 private:
  std::string word(std::size_t i) const {
    return i < tokens_.size() ? source_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin) : "";
  }
  bool is(std::size_t i, const char *text) const { return i < tokens_.size() && word(i) == text; }
  bool isWord(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == Token::Kind::word; }
  bool opensAttribute(std::size_t i) const {
    return is(i, "[") && is(i + 1, "[") && tokens_[i + 1].begin == tokens_[i].end;
  }

  [[noreturn]] void fail(std::size_t i, const std::string &message) const {
    unsigned line = 1;
    std::string file = "program_source";
    const std::size_t at = i < tokens_.size() ? tokens_[i].begin : source_.size();
    std::size_t begin = 0;
    while (begin < at) {
      std::size_t end = source_.find('\n', begin);
      if (end == std::string::npos || end >= at) break;
      unsigned marked = 0;
      if (std::sscanf(source_.c_str() + begin, "# %u \"", &marked) == 1)
        line = marked;
      else
        line++;
      begin = end + 1;
    }
    throw std::runtime_error(file + ":" + std::to_string(line) + ":" + std::to_string(at - begin + 1) +
                             ": error: " + message);
  }

  /** One past the token that closes the one at i. Angles count only when i opens one. */
  std::size_t past(std::size_t i) const {
    const bool angles = is(i, "<");
    int depth = 0, round = 0;
    for (std::size_t k = i; k < tokens_.size(); k++) {
      const std::string w = word(k);
      if (w == "(" || w == "[" || w == "{")
        round++, depth += angles ? 0 : 1;
      else if (w == ")" || w == "]" || w == "}")
        round--, depth -= angles ? 0 : 1;
      else if (angles && round == 0 && w == "<")
        depth++;
      else if (angles && round == 0 && w == ">")
        depth--;
      else
        continue;
      if (depth == 0 && (!angles || round == 0)) return k + 1;
    }
    return tokens_.size();
  }

  /** Reads the attributes between `[[` at i and its end, blanks them, and returns what follows. */
  std::size_t attribute(std::size_t i, std::vector<Attribute> &into) {
    const std::size_t end = past(i);
    for (std::size_t k = i + 2; k + 2 < end; k++) {
      if (!isWord(k)) continue;
      Attribute found{word(k), ""};
      if (is(k + 1, ":") && is(k + 2, ":")) continue;
      if (is(k + 1, "(")) {
        const std::size_t close = past(k + 1);
        for (std::size_t a = k + 2; a + 1 < close; a++) found.arguments += word(a);
        k = close - 1;
      }
      into.push_back(std::move(found));
    }
    blank(i, end);
    return end;
  }
  void blank(std::size_t from, std::size_t to) {
    if (from >= to) return;
    std::string spaces = source_.substr(tokens_[from].begin, tokens_[to - 1].end - tokens_[from].begin);
    for (char &c : spaces)
      if (c != '\n') c = ' ';
    edits_.push_back({tokens_[from].begin, tokens_[to - 1].end, std::move(spaces)});
  }

  std::size_t step(std::size_t i) {
    const bool outside = allNamespaces();
    if (is(i, "namespace") && isWord(i + 1) && is(i + 2, "{")) {
      scopes_.push_back({true, word(i + 1)});
      return i + 3;
    }
    if (is(i, "{")) scopes_.push_back({false, ""});
    if (is(i, "}") && !scopes_.empty()) {
      const bool insideOfFunction = !scopes_.back().first;
      scopes_.pop_back();
      if (insideOfFunction && allNamespaces()) templated_ = false;
    }
    if (opensAttribute(i)) {
      std::vector<Attribute> found;
      const std::size_t next = attribute(i, found);
      for (auto &a : found)
        if (a.name == "kernel" && outside) return kernel(next, next, false);
      pending_.insert(pending_.end(), found.begin(), found.end());
      return next;
    }
    if (is(i, ";") || is(i, "}")) pending_.clear();
    if (outside && is(i, "template")) {
      if (!is(i + 1, "<")) return instantiation(i);
      templated_ = true;
      return past(i + 1);
    }
    if (outside && is(i, "kernel")) return kernel(i, i + 1, false);
    if (outside && is(i, "constant")) return programConstant(i);
    if (!outside && is(i, "threadgroup") && startsStatement(i)) threadgroupVariable(i);
    if (is(i, "vec") && is(i + 1, "<")) {
      const std::size_t close = past(i + 1);
      if (is(close, "(")) edits_.push_back({tokens_[i].begin, tokens_[i].end, "make_vec"});
    }
    if (is(i, "is_function_constant_defined") && is(i + 1, "(")) {
      for (const auto &c : result_.constants)
        if (is(i + 2, c.name.c_str())) {
          edits_.push_back(
              {tokens_[i].begin, tokens_[i + 3].end, "SM_CONSTANT_" + std::to_string(c.index) + "_DEFINED"});
          return i + 4;
        }
      fail(i + 2, "'" + word(i + 2) + "' is not a function constant");
    }
    if (outside && is(i, ";")) templated_ = false;
    return i + 1;
  }

  bool allNamespaces() const {
    return std::all_of(scopes_.begin(), scopes_.end(), [](const auto &s) { return s.first; });
  }

  bool startsStatement(std::size_t i) const {
    return i > 0 && (is(i - 1, ";") || is(i - 1, "{") || is(i - 1, "}"));
  }

  /** `threadgroup float tile[32];` gets a `static`; a pointer or reference into threadgroup memory does not.
   */
  void threadgroupVariable(std::size_t i) {
    for (std::size_t k = i + 1; k < tokens_.size(); k++) {
      if (is(k, "*") || is(k, "&")) return;
      if (is(k, "<"))
        k = past(k) - 1;
      else if (is(k, "[") || is(k, ";") || is(k, ",") || is(k, "=") || is(k, "(") || is(k, "{"))
        break;
    }
    // Used by somebody unseen: what the kernel only reads is NaN, and not the zero that clang would assume.
    edits_.push_back({tokens_[i].end, tokens_[i].end, " static __attribute__((used))"});
  }

  /** `constant bool wide [[function_constant(0)]];` */
  std::size_t programConstant(std::size_t i) {
    std::vector<Attribute> found;
    std::size_t k = i + 1, nameAt = 0;
    for (; k < tokens_.size() && !is(k, ";") && !is(k, "=") && !is(k, "{") && !is(k, "("); k++) {
      if (opensAttribute(k)) {
        k = attribute(k, found) - 1;
        continue;
      }
      if (is(k, "<"))
        k = past(k) - 1;
      else if (isWord(k))
        nameAt = k;
    }
    for (const auto &a : found) {
      if (a.name != "function_constant") continue;
      if (!is(k, ";")) fail(k, "a function constant has no initializer");
      FunctionConstant c;
      c.name = word(nameAt);
      c.index = static_cast<unsigned>(std::stoul(a.arguments));
      for (std::size_t t = i + 1; t < nameAt; t++)
        if (!is(t, "const")) c.type += word(t);
      edits_.push_back({tokens_[k].begin, tokens_[k].begin, " = SM_CONSTANT_" + std::to_string(c.index)});
      result_.constants.push_back(std::move(c));
    }
    return k;
  }

  /** `kernel void name(parameters)`; `from` is where the declaration begins, i where its type does. */
  std::size_t kernel(std::size_t from, std::size_t i, bool isInstantiation) {
    std::vector<Attribute> found = std::move(pending_);
    pending_.clear();
    std::size_t nameAt = 0, k = i;
    std::string arguments;
    for (; k < tokens_.size() && !is(k, "(") && !is(k, ";") && !is(k, "{"); k++) {
      if (opensAttribute(k)) {
        k = attribute(k, found) - 1;
      } else if (is(k, "<")) {
        const std::size_t close = past(k);
        arguments = source_.substr(tokens_[k].begin, tokens_[close - 1].end - tokens_[k].begin);
        k = close - 1;
      } else if (isWord(k)) {
        nameAt = k;
      }
    }
    if (!is(k, "(") || nameAt == 0) fail(from, "expected a kernel function");
    const std::size_t close = past(k);
    KernelSource kernel;
    for (const auto &s : scopes_) kernel.callee += s.second + "::";
    kernel.callee += word(nameAt) + arguments;
    kernel.name = word(nameAt);
    for (const auto &a : found) {
      if (a.name == "host_name") kernel.name = a.arguments.substr(1, a.arguments.size() - 2);
      if (a.name == "max_total_threads_per_threadgroup")
        kernel.maxThreads = static_cast<unsigned>(std::strtoul(a.arguments.c_str(), nullptr, 10));
    }
    for (std::size_t begin = k + 1; begin + 1 < close;) {
      std::size_t end = begin;
      while (end < close - 1 && !is(end, ",")) {
        if (is(end, "(") || is(end, "[") || is(end, "{") || is(end, "<"))
          end = past(end);
        else
          end++;
      }
      kernel.parameters.push_back(parameter(begin, end));
      begin = end + 1;
    }
    if (!templated_ || isInstantiation)
      result_.kernels.push_back(std::move(kernel));
    else if (from != i && word(from) != "kernel")
      fail(from, "expected a kernel function");
    templated_ = false;
    return close;
  }

  Parameter parameter(std::size_t begin, std::size_t end) {
    std::vector<Attribute> found;
    Parameter p{};
    bool pointer = false, isConst = false, local = false;
    for (std::size_t k = begin; k < end; k++) {
      if (opensAttribute(k)) {
        k = attribute(k, found) - 1;
        continue;
      }
      if (is(k, "<")) {
        k = past(k) - 1;
        continue;
      }
      if (is(k, "*")) pointer = true;
      if (is(k, "&")) pointer = p.reference = true;
      if (!pointer && (is(k, "const") || is(k, "constant"))) isConst = true;
      if (is(k, "threadgroup")) local = true;
      if (isWord(k)) p.name = word(k);
    }
    bool known = false;
    for (const auto &a : found) {
      if (a.name == "buffer" || a.name == "threadgroup") {
        known = true;
        p.kind = a.name == "buffer" ? Parameter::Kind::buffer : Parameter::Kind::threadgroup;
        p.index = static_cast<unsigned>(std::strtoul(a.arguments.c_str(), nullptr, 10));
        p.writable = !isConst;
        if (!pointer) fail(begin, "[[" + a.name + "]] needs a pointer or a reference");
        if (local != (p.kind == Parameter::Kind::threadgroup))
          fail(begin, "address space of '" + p.name + "' does not fit [[" + a.name + "]]");
      } else if (a.name == "function_constant") {
        p.condition = a.arguments;
      } else if (std::find(std::begin(positions), std::end(positions), a.name) != std::end(positions)) {
        known = true;
        p.kind = Parameter::Kind::position;
        p.position = a.name;
        if (pointer) fail(begin, "[[" + a.name + "]] is passed by value");
      } else {
        fail(begin, "softmetal has no [[" + a.name + "]]");
      }
    }
    if (!known) fail(begin, "parameter '" + p.name + "' of a kernel has no attribute that binds it");
    return p;
  }

  /** `template [[host_name("f")]] kernel void f<float>(...);` is left to the entry point to instantiate. */
  std::size_t instantiation(std::size_t i) {
    std::size_t k = i + 1;
    bool isKernel = false;
    while (opensAttribute(k)) {
      std::vector<Attribute> found;
      k = attribute(k, found);
      for (const auto &a : found) isKernel = isKernel || a.name == "kernel";
      pending_.insert(pending_.end(), found.begin(), found.end());
    }
    if (is(k, "kernel")) {
      isKernel = true;
      k++;
    }
    if (!isKernel) return i + 1;
    if (is(k, "decltype")) fail(k, "softmetal instantiates kernels by their parameters, not by decltype");
    const std::size_t end = kernel(i, k, true);
    if (!is(end, ";")) fail(end, "expected ';' after an instantiation");
    // Its attributes are blanked already; the later edit of the whole must not overlap them.
    edits_.erase(std::remove_if(edits_.begin(), edits_.end(),
                                [&](const Edit &e) { return e.begin >= tokens_[i].begin; }),
                 edits_.end());
    blank(i, end + 1);
    return end + 1;
  }

  std::string edited() {
    std::stable_sort(edits_.begin(), edits_.end(),
                     [](const Edit &a, const Edit &b) { return a.begin < b.begin; });
    std::string text;
    std::size_t at = 0;
    for (const Edit &e : edits_) {
      text.append(source_, at, e.begin - at);
      text += e.text;
      at = e.end;
    }
    return text.append(source_, at, std::string::npos);
  }

  const std::string &source_;
  std::vector<Token> tokens_;
  std::vector<Edit> edits_;
  std::vector<Attribute> pending_;
  /** Whether a brace opened a namespace, and its name. */
  std::vector<std::pair<bool, std::string>> scopes_;
  bool templated_ = false;
  ParsedSource result_;
};

}  // namespace

ParsedSource parseSource(const std::string &preprocessed) { return Reader(preprocessed).read(); }

}  // namespace softmetal
