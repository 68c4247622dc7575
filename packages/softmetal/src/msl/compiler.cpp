#include "compiler.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "cache.h"
#include "process.h"

namespace softmetal {

namespace {

namespace fs = std::filesystem;

/** The folder of `metal_stdlib`; the build knows it, the environment may say otherwise. */
std::string headerFolder() {
  const char *chosen = std::getenv("SOFTMETAL_MSL");
  return chosen != nullptr ? chosen : SOFTMETAL_MSL_FOLDER;
}

std::string clang() {
  const char *chosen = std::getenv("SOFTMETAL_CLANG");
  return chosen != nullptr ? chosen : "clang";
}

enum class Mode { check, run, track };

std::vector<std::string> flags(Mode mode) {
  std::vector<std::string> f = {
    "-std=c++17",
    "-nostdinc",
    "-Xclang",
    "-fnative-half-type",
    "-Xclang",
    "-fallow-half-arguments-and-returns",
    "-Xclang",
    "-cl-single-precision-constant",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-fno-strict-aliasing",
    "-fno-stack-protector",
    "-fPIC",
    "-fvisibility=hidden",
    "-Wno-user-defined-literals",
    "-Wno-duplicate-decl-specifier",
    "-Wno-unused-function",
    "-fno-caret-diagnostics",
    "-fdiagnostics-color=never",
    "-ferror-limit=50",
#if defined(__aarch64__)
    "-mcpu=native",
#else
    "-march=native",
#endif
    "-O2"
  };
  if (mode == Mode::check) f.insert(f.end(), {"-DSM_ADDRESS_SPACES", "-ferror-limit=0"});
  // A function in which lanes meet must not be called from two places where the source has one: without it
  // clang sent lanes that skip a loop past it, to a call of their own.
  if (mode != Mode::check) f.insert(f.end(), {"-Xclang", "-fconvergent-functions"});
  if (mode == Mode::track)
    // Accesses of 32 bytes at once would have no callback.
    f.insert(f.end(),
             {"-fno-slp-vectorize", "-fno-vectorize", "-DSM_TRACK", "-Xclang", "-fsanitize=thread", "-mllvm",
              "-tsan-instrument-func-entry-exit=0", "-mllvm", "-tsan-instrument-atomics=0"});
  return f;
}

std::string joined(const std::vector<std::string> &parts) {
  std::string text;
  for (const auto &p : parts) text += p + "\n";
  return text;
}

/** Removes its folder at the end. */
struct Scratch {
  explicit Scratch(const Cache &cache) : folder(cache.scratch()) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  std::string folder;
};

class Toolchain {
 public:
  static Toolchain &shared() {
    static Toolchain toolchain;
    return toolchain;
  }
  Cache cache;
  /** The compiler, this processor, and the headers. */
  std::string identity;

  /** The precompiled `metal_stdlib` of a mode. */
  std::string header(Mode mode) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string path = cache.path(identity + joined(flags(mode)), ".pch");
    if (Cache::exists(path)) return path;
    const Scratch scratch(cache);
    std::vector<std::string> command = {clang(), "-x", "c++-header"};
    const auto f = flags(mode);
    command.insert(command.end(), f.begin(), f.end());
    command.insert(command.end(), {"-o", scratch.folder + "/pch", headers_ + "/metal_stdlib"});
    const ProcessResult made = runProcess(command, scratch.folder);
    if (made.status != 0) throw CompileError("metal_stdlib does not compile: " + made.errors);
    cache.keep(scratch.folder + "/pch", path);
    return path;
  }

 private:
  Toolchain() {
    const ProcessResult version =
        runProcess({clang(), "-march=native", "-E", "-v", "-x", "c", "/dev/null"}, "/");
    identity = version.errors;
    const fs::path from = headerFolder();
    std::vector<fs::path> names;
    for (const auto &e : fs::recursive_directory_iterator(from))
      if (e.is_regular_file()) names.push_back(e.path());
    std::sort(names.begin(), names.end());
    for (const auto &n : names) identity += fs::relative(n, from).string() + "\n" + Cache::read(n.string());
    // A precompiled header is void when its sources change, so it is made from a copy that never does.
    headers_ = cache.path(identity, ".msl");
    if (Cache::exists(headers_)) return;
    const Scratch scratch(cache);
    const std::string copy = scratch.folder + "/msl";
    fs::copy(from, copy, fs::copy_options::recursive);
    std::error_code taken;  // another process may have been faster
    fs::rename(copy, headers_, taken);
  }
  std::string headers_;
  std::mutex mutex_;
};

/** Errors that only arise because C++ cannot copy or call an object in an address space, which MSL can. */
bool isOfAddressSpacesOnly(const std::string &error) {
  if (error.find("address space") == std::string::npos) return false;
  for (const char *kind : {"no matching constructor", "no viable conversion", "no matching member function",
                           "'this' argument", "no viable overloaded", "packed"})
    if (error.find(kind) != std::string::npos) return true;
  return false;
}

std::string withoutIgnored(const std::string &log) {
  std::string kept, block;
  bool isError = false;
  const auto finish = [&] {
    if (isError && !isOfAddressSpacesOnly(block)) kept += block;
    block.clear();
    isError = false;
  };
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    const std::string line = log.substr(at, end - at);
    if (line.find(" error: ") != std::string::npos || line.find(" warning: ") != std::string::npos) {
      finish();
      isError = line.find(" error: ") != std::string::npos;
    }
    if (line.find("errors generated") == std::string::npos &&
        line.find("error generated") == std::string::npos)
      block += line + "\n";
    at = end + 1;
  }
  finish();
  return kept;
}

/** Names of address spaces as a kernel's author writes them. */
std::string inMetalWords(std::string log) {
  const std::pair<const char *, const char *> words[] = {
      {"__global", "device"}, {"__constant", "constant"}, {"__local", "threadgroup"}, {"__fp16", "half"}};
  for (const auto &[from, to] : words)
    for (std::size_t at = 0; (at = log.find(from, at)) != std::string::npos;)
      log.replace(at, std::strlen(from), to);
  return log;
}

std::string prologue(const ParsedSource &source, const ConstantValues &constants) {
  std::string text;
  for (const auto &c : source.constants) {
    const auto found = constants.find(c.index);
    const std::string macro = "SM_CONSTANT_" + std::to_string(c.index);
    text += "#define " + macro + " " + (found == constants.end() ? "{}" : found->second) + "\n#define " +
            macro + "_DEFINED " + (found == constants.end() ? "false" : "true") + "\n";
  }
  return text + "# 1 \"program_source\"\n";
}

ProcessResult compile(Mode mode, const Scratch &scratch, const std::string &text,
                      const std::vector<std::string> &more) {
  Toolchain &tools = Toolchain::shared();
  Cache::write(scratch.folder + "/source", text);
  std::vector<std::string> command = {clang(), "-include-pch", tools.header(mode)};
  const auto f = flags(mode);
  command.insert(command.end(), f.begin(), f.end());
  command.insert(command.end(), {"-x", "c++", "source"});
  command.insert(command.end(), more.begin(), more.end());
  return runProcess(command, scratch.folder);
}

}  // namespace

std::shared_ptr<Library> Compiler::library(const std::string &source,
                                           const std::map<std::string, std::string> &macros) {
  Toolchain &tools = Toolchain::shared();
  std::vector<std::string> command = {clang(),
                                      "-E",
                                      "-x",
                                      "c++",
                                      "-std=c++17",
                                      "-nostdinc",
                                      "-D__METAL__=1",
                                      "-D__METAL_VERSION__=310",
                                      "-D__METAL_MACOS__=1",
                                      "-fno-caret-diagnostics",
                                      "-fdiagnostics-color=never"};
  for (const auto &[name, value] : macros) command.push_back("-D" + name + "=" + value);
  command.push_back("program_source");
  const std::string path = tools.cache.path(tools.identity + joined(command) + source, ".ii");
  auto library = std::make_shared<Library>();
  if (Cache::exists(path)) {
    library->source = parseSource(Cache::read(path));
    return library;
  }
  const Scratch scratch(tools.cache);
  Cache::write(scratch.folder + "/program_source", withoutMetalIncludes(source));
  const ProcessResult preprocessed = runProcess(command, scratch.folder);
  if (preprocessed.status != 0) throw CompileError(preprocessed.errors);
  try {
    library->source = parseSource(preprocessed.output);
  } catch (const CompileError &) {
    throw;
  } catch (const std::runtime_error &error) {
    throw CompileError(std::string(error.what()) + "\n");
  }
  const ProcessResult checked =
      compile(Mode::check, scratch, prologue(library->source, {}) + library->source.text, {"-fsyntax-only"});
  const std::string errors = withoutIgnored(checked.errors);
  if (checked.status != 0 && !errors.empty()) throw CompileError(inMetalWords(errors));
  Cache::write(scratch.folder + "/kept", preprocessed.output);
  tools.cache.keep(scratch.folder + "/kept", path);
  return library;
}

std::shared_ptr<Program> Compiler::program(const Library &library, const KernelSource &kernel,
                                           const ConstantValues &constants, bool track) {
  Toolchain &tools = Toolchain::shared();
  const Mode mode = track ? Mode::track : Mode::run;
  const std::string text = prologue(library.source, constants) + library.source.text + entryPoint(kernel);
  const std::string path = tools.cache.path(tools.identity + joined(flags(mode)) + text, ".so");
  if (!Cache::exists(path)) {
    const Scratch scratch(tools.cache);
    const ProcessResult made =
        compile(mode, scratch, text, {"-shared", "-nostartfiles", "-o", "made", "-lm"});
    if (made.status != 0) throw CompileError(inMetalWords(made.errors));
    tools.cache.keep(scratch.folder + "/made", path);
  }
  return std::make_shared<Program>(path, kernel);
}

std::shared_ptr<Library> Compiler::tryLibrary(const std::string &source,
                                              const std::map<std::string, std::string> &macros,
                                              std::string &why) {
  try {
    return library(source, macros);
  } catch (const std::exception &error) {
    why = error.what();
    return nullptr;
  }
}

std::shared_ptr<Program> Compiler::tryProgram(const Library &library, const std::string &kernel,
                                              const ConstantValues &constants, bool track, std::string &why) {
  try {
    const KernelSource *const source = library.source.find(kernel);
    if (source == nullptr) throw CompileError("the library has no function '" + kernel + "'");
    return program(library, *source, constants, track);
  } catch (const std::exception &error) {
    why = error.what();
    return nullptr;
  }
}

void Compiler::checkAll(const Library &library) {
  Toolchain &tools = Toolchain::shared();
  std::string text = prologue(library.source, {}) + library.source.text;
  const Scratch scratch(tools.cache);
  for (const auto &kernel : library.source.kernels) {
    const ProcessResult made = compile(Mode::run, scratch, text + entryPoint(kernel), {"-fsyntax-only"});
    if (made.status != 0) throw CompileError(inMetalWords(made.errors));
  }
  if (library.source.kernels.empty()) throw CompileError("program_source: error: the source has no kernel\n");
}

Program::Program(const std::string &path, const KernelSource &kernelSource) : source(kernelSource) {
  handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) throw CompileError(std::string("cannot load a compiled kernel: ") + dlerror());
  kernel = reinterpret_cast<SmKernel *>(dlsym(handle_, "sm_kernel"));
  const auto parameter = reinterpret_cast<unsigned (*)(unsigned)>(dlsym(handle_, "sm_parameter"));
  const auto size = reinterpret_cast<unsigned long (*)(unsigned)>(dlsym(handle_, "sm_parameter_bytes"));
  const auto memory = reinterpret_cast<void (*)(char **, char **)>(dlsym(handle_, "sm_threadgroup_memory"));
  for (unsigned i = 0; i < source.parameters.size(); i++) {
    present.push_back(parameter(i) != 0);
    bytes.push_back(size(i));
  }
  memory(&threadgroupBegin, &threadgroupEnd);
}

Program::~Program() { dlclose(handle_); }

void Program::attach(const SmRuntime &runtime) {
  *static_cast<SmRuntime *>(dlsym(handle_, "sm_runtime")) = runtime;
}

}  // namespace softmetal
