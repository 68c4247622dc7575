/** MSL source to checked libraries, and kernels of them to code in this process. */
#pragma once
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../msl/softmetal/abi.h"
#include "source.h"

namespace softmetal {

/** What clang said, with lines of the MSL source: `program_source:12:5: error: ...`. */
class CompileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/** Function constants by index, as C++ text. */
using ConstantValues = std::map<unsigned, std::string>;

/** One loaded kernel variant. */
class Program {
 public:
  Program(const std::string &path, const KernelSource &source);
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  const KernelSource source;
  SmKernel *kernel = nullptr;
  /** Per parameter: whether its function constant lets it exist, and the least bytes behind it. */
  std::vector<bool> present;
  std::vector<std::size_t> bytes;
  /** Memory of its threadgroup variables, shared by all that run it: one threadgroup at a time. */
  char *threadgroupBegin = nullptr;
  char *threadgroupEnd = nullptr;
  /** Tells the program where device memory lies and whom to call. */
  void attach(const SmRuntime &runtime);

 private:
  void *handle_ = nullptr;
};

struct Library {
  ParsedSource source;
};

class Compiler {
 public:
  // The same without exceptions, which Objective-C++ cannot catch on GNU's runtime: nullptr, and why.
  static std::shared_ptr<Library> tryLibrary(const std::string &source,
                                             const std::map<std::string, std::string> &macros,
                                             std::string &why);
  static std::shared_ptr<Program> tryProgram(const Library &library, const std::string &kernel,
                                             const ConstantValues &constants, bool track, std::string &why);

  /** Checks the source, address spaces too. Throws CompileError. */
  static std::shared_ptr<Library> library(const std::string &source,
                                          const std::map<std::string, std::string> &macros);
  /** Compiles one kernel. `track` makes every access to device memory call the runtime. Throws CompileError.
   */
  static std::shared_ptr<Program> program(const Library &library, const KernelSource &kernel,
                                          const ConstantValues &constants, bool track);
  /** Compiles every kernel of the source without keeping anything. Throws CompileError. */
  static void checkAll(const Library &library);
};

}  // namespace softmetal
