/**
 * softmetal-msl check FILE...           compiles MSL without running it; errors name the lines
 * softmetal-msl run FILE KERNEL OPTIONS runs one dispatch on files
 *
 *   --grid X,Y,Z          threads of the grid
 *   --threadgroup X,Y,Z   threads of a threadgroup
 *   --buffer I=FILE       the buffer at index I; written back
 *   --memory I=BYTES      threadgroup memory at index I
 *   --constant I=TEXT     function constant I as C++ text
 *   -D NAME=VALUE         preprocessor macro
 */
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>

#include "msl/cache.h"
#include "msl/compiler.h"
#include "run/threadgroup.h"

using namespace softmetal;

namespace {

Size3 parseSize(const std::string &text) {
  Size3 size;
  if (std::sscanf(text.c_str(), "%u,%u,%u", &size.x, &size.y, &size.z) < 1)
    throw std::runtime_error("not a size: " + text);
  return size;
}

std::pair<unsigned, std::string> parsePair(const std::string &text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos) throw std::runtime_error("needs INDEX=VALUE: " + text);
  return {static_cast<unsigned>(std::stoul(text.substr(0, at))), text.substr(at + 1)};
}

struct Arguments {
  std::vector<std::string> plain;
  std::map<std::string, std::string> macros;
  std::map<unsigned, std::string> buffers, memory;
  ConstantValues constants;
  Size3 grid, threadgroup;

  Arguments(int count, char **values) {
    for (int i = 1; i < count; i++) {
      const std::string a = values[i];
      if (a[0] != '-') {
        plain.push_back(a);
        continue;
      }
      if (i + 1 == count) throw std::runtime_error(a + " needs a value");
      const std::string value = values[++i];
      if (a == "--grid")
        grid = parseSize(value);
      else if (a == "--threadgroup")
        threadgroup = parseSize(value);
      else if (a == "--buffer")
        buffers.insert(parsePair(value));
      else if (a == "--memory")
        memory.insert(parsePair(value));
      else if (a == "--constant")
        constants.insert(parsePair(value));
      else if (a == "-D")
        macros[value.substr(0, value.find('='))] =
            value.find('=') == std::string::npos ? "1" : value.substr(value.find('=') + 1);
      else
        throw std::runtime_error("no option " + a);
    }
  }
};

int check(const Arguments &arguments) {
  int failed = 0;
  for (std::size_t i = 1; i < arguments.plain.size(); i++) {
    const std::string &file = arguments.plain[i];
    try {
      const auto library = Compiler::library(Cache::read(file), arguments.macros);
      Compiler::checkAll(*library);
      std::cout << file << ": ";
      for (std::size_t k = 0; k < library->source.kernels.size(); k++)
        std::cout << (k == 0 ? "" : ", ") << library->source.kernels[k].name;
      std::cout << "\n";
    } catch (const CompileError &error) {
      std::cerr << file << ":\n" << error.what();
      failed = 1;
    }
  }
  return failed;
}

int run(const Arguments &arguments) {
  const auto library = Compiler::library(Cache::read(arguments.plain.at(1)), arguments.macros);
  const KernelSource *kernel = library->source.find(arguments.plain.at(2));
  if (kernel == nullptr) throw std::runtime_error("no kernel " + arguments.plain.at(2));
  const auto program = Compiler::program(*library, *kernel, arguments.constants, false);
  SmRuntime runtime = {};
  runtime.threadgroup_barrier = ThreadgroupRunner::threadgroupBarrier;
  runtime.collect = ThreadgroupRunner::collect;
  runtime.lane = ThreadgroupRunner::lane;
  program->attach(runtime);

  std::map<unsigned, std::string> contents, memory;
  void *buffers[31] = {}, *threadgroups[31] = {};
  for (const auto &[index, file] : arguments.buffers) {
    contents[index] = Cache::read(file);
    buffers[index] = contents[index].data();
  }
  for (const auto &[index, bytes] : arguments.memory) {
    memory[index] = std::string(std::stoul(bytes), '\xff');
    threadgroups[index] = memory[index].data();
  }
  Grid grid;
  grid.threads = arguments.grid;
  grid.threadgroup = arguments.threadgroup;
  const auto groups = [](unsigned all, unsigned one) { return (all + one - 1) / one; };
  grid.threadgroups = {groups(grid.threads.x, grid.threadgroup.x), groups(grid.threads.y, grid.threadgroup.y),
                       groups(grid.threads.z, grid.threadgroup.z)};
  ThreadgroupRunner runner([](const std::string &what) { std::cerr << what << "\n"; });
  for (unsigned z = 0; z < grid.threadgroups.z; z++)
    for (unsigned y = 0; y < grid.threadgroups.y; y++)
      for (unsigned x = 0; x < grid.threadgroups.x; x++)
        runner.run(program->kernel, buffers, threadgroups, grid, {x, y, z}, 0);
  for (const auto &[index, file] : arguments.buffers) Cache::write(file, contents[index]);
  return 0;
}

}  // namespace

int main(int count, char **values) {
  try {
    const Arguments arguments(count, values);
    const std::string verb = arguments.plain.empty() ? "" : arguments.plain[0];
    if (verb == "check") return check(arguments);
    if (verb == "run") return run(arguments);
    std::cerr << "usage: softmetal-msl check FILE... | run FILE KERNEL OPTIONS\n";
    return 2;
  } catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
