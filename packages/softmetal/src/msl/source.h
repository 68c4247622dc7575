/**
 * Reads MSL source after the preprocessor, and turns it into C++ that clang compiles. Line numbers stay.
 *
 * - Attributes are read and blanked.
 * - `threadgroup` variables become statics, which the threads of one threadgroup share because one thread
 *   of the host runs them all.
 * - A function constant is initialised by a macro that the compilation of a variant defines.
 * - `vec<T, N>(...)` becomes a call.
 */
#pragma once
#include <string>
#include <vector>

namespace softmetal {

struct Attribute {
  std::string name;
  std::string arguments;
};

struct Parameter {
  enum class Kind { buffer, threadgroup, position };
  Kind kind;
  std::string name;
  /** Argument table index of a buffer or of threadgroup memory. */
  unsigned index = 0;
  /** The member of SmThread of a position. */
  std::string position;
  /** A buffer that the kernel can write. */
  bool writable = false;
  /** A reference, which needs the whole of its type behind it. */
  bool reference = false;
  /** The constant that decides whether the parameter exists; empty without one. */
  std::string condition;
};

struct KernelSource {
  /** What `newFunctionWithName:` takes. */
  std::string name;
  /** How to name the function in C++. */
  std::string callee;
  std::vector<Parameter> parameters;
  unsigned maxThreads = 0;
};

struct FunctionConstant {
  std::string name;
  std::string type;
  unsigned index = 0;
};

struct ParsedSource {
  std::string text;
  std::vector<KernelSource> kernels;
  std::vector<FunctionConstant> constants;
  const KernelSource *find(const std::string &name) const;
};

/** Lines of `#include <metal_...>` blanked, for the preprocessor. */
std::string withoutMetalIncludes(const std::string &source);

/** Throws std::runtime_error with a line as of clang's where the source uses what softmetal has not. */
ParsedSource parseSource(const std::string &preprocessed);

/** The C++ of an entry point, to be appended to the text. */
std::string entryPoint(const KernelSource &kernel);

}  // namespace softmetal
