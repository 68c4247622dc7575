/** What surrounds the source of a kernel: before the preprocessor and after the rewriting. */
#include <algorithm>

#include "source.h"

namespace softmetal {

const KernelSource *ParsedSource::find(const std::string &name) const {
  for (const auto &k : kernels)
    if (k.name == name) return &k;
  return nullptr;
}

std::string withoutMetalIncludes(const std::string &source) {
  std::string text = source;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    line.erase(std::remove_if(line.begin(), line.end(), [](char c) { return c == ' ' || c == '\t'; }),
               line.end());
    if (line.rfind("#include<metal_", 0) == 0 || line.rfind("#pragmaMETAL", 0) == 0)
      std::fill(text.begin() + static_cast<long>(at), text.begin() + static_cast<long>(end), ' ');
    at = end + 1;
  }
  return text;
}

std::string entryPoint(const KernelSource &kernel) {
  std::string call, present;
  for (const auto &p : kernel.parameters) {
    call += call.empty() ? "" : ", ";
    switch (p.kind) {
      case Parameter::Kind::buffer:
        call += "metal::SmSlot{buffers[" + std::to_string(p.index) + "]}";
        break;
      case Parameter::Kind::threadgroup:
        call += "metal::SmSlot{threadgroups[" + std::to_string(p.index) + "]}";
        break;
      case Parameter::Kind::position:
        call += "thread_->" + p.position;
        break;
    }
    present += (p.condition.empty() ? "1" : "(unsigned)(bool)(" + p.condition + ")") + std::string(", ");
  }
  return "\n# 1 \"softmetal\"\n"
         "SM_ENTRY __attribute__((section(\".data\"))) SmRuntime sm_runtime = {};\n"
         "SM_ENTRY void sm_kernel(void *const *buffers, void *const *threadgroups, const SmThread *thread_) {"
         " (void)buffers; (void)threadgroups; (void)thread_;"
         " metal::sm_call(&" +
         kernel.callee + (call.empty() ? "" : ", " + call) +
         "); }\n"
         "SM_ENTRY unsigned sm_parameter(unsigned i) { const unsigned present[] = {" +
         present +
         "0}; return present[i]; }\n"
         "SM_ENTRY unsigned long sm_parameter_bytes(unsigned i) { return metal::sm_bytes(&" +
         kernel.callee + ", i); }\n";
}

}  // namespace softmetal
