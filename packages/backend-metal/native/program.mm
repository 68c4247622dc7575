#include "program.h"

#include <algorithm>

namespace wick {
namespace {

// Walks over packed words. After a word that is not there `failed` is set, and everything reads as 0.
class Words {
 public:
  Words(const uint32_t* words, size_t count) : words_(words), count_(count) {}

  bool done() const { return failed || at_ >= count_; }

  uint32_t next() {
    if (at_ >= count_) {
      failed = true;
      return 0;
    }
    return words_[at_++];
  }

  NSUInteger wide() {
    const NSUInteger low = next();
    return low | (static_cast<NSUInteger>(next()) << 32);
  }

  bool failed = false;

 private:
  const uint32_t* words_;
  size_t count_;
  size_t at_ = 0;
};

class Parser {
 public:
  Parser(Words words, Program& program, const Pipelines& pipelines)
      : words_(words), program_(program), pipelines_(pipelines) {}

  // Returns what is wrong, or null.
  const char* run() {
    if (words_.next() != kProgramVersion) return "another version of the format";
    while (!words_.done()) {
      const char* problem = step(static_cast<OpCode>(words_.next()));
      if (problem != nullptr) return problem;
    }
    if (words_.failed) return "they end inside a step";
    return open_ ? "a pass is not ended" : nullptr;
  }

 private:
  const char* step(OpCode code) {
    if (code != OpCode::begin && !open_) return "a step stands outside of a pass";
    Op op{.code = code};
    switch (code) {
      case OpCode::begin:
        return begin(op);
      case OpCode::end:
        open_ = false;
        break;
      case OpCode::dispatch:
        return dispatch(op);
      case OpCode::barrier:
        readIndices(op, program_.memoryCount);
        break;
      case OpCode::copy:
        op.label = label();
        op.source = range();
        op.destination = range();
        break;
      case OpCode::upload:
        op.label = label();
        op.data = words_.next();
        op.destination = range();
        program_.uploadCount = std::max(program_.uploadCount, op.data + 1);
        break;
      case OpCode::download:
        op.label = label();
        op.data = words_.next();
        op.source = range();
        program_.downloadCount = std::max(program_.downloadCount, op.data + 1);
        break;
      default:
        return "an unknown step";
    }
    program_.ops.push_back(op);
    return labelProblem_;
  }

  const char* begin(Op& op) {
    if (open_) return "passes are nested";
    open_ = true;
    op.transfer = words_.next() != 0;
    op.pass = words_.next();
    op.label = label();
    if (op.pass != program_.passCount) return "passes are not numbered from 0";
    program_.passCount++;
    uint32_t passes = 0;
    readIndices(op, passes);
    if (passes > op.pass) return "a pass waits for itself or a later one";
    program_.ops.push_back(op);
    return labelProblem_;
  }

  const char* dispatch(Op& op) {
    op.label = label();
    op.pipeline = pipelines_.find(words_.next());
    if (op.pipeline == nullptr) return "a dispatch without a pipeline";
    op.groups.width = words_.next();
    op.groups.height = words_.next();
    op.groups.depth = words_.next();
    op.inlineParams = words_.next() != 0;
    op.params = words_.next();
    op.paramsLength = words_.next();
    if (op.paramsLength > kMostParamBytes || op.paramsLength % 4 != 0) return "parameters of a wrong size";
    op.count = words_.next();
    op.first = static_cast<uint32_t>(program_.ranges.size());
    if (op.count > kMostBindings) return "a dispatch with too many bindings";
    for (uint32_t i = 0; i < op.count && !words_.failed; i++) program_.ranges.push_back(range());
    if (op.inlineParams) {
      op.params = static_cast<uint32_t>(program_.inlineParams.size());
      for (uint32_t i = 0; i < op.paramsLength / 4; i++) program_.inlineParams.push_back(words_.next());
    } else {
      program_.paramsBytes = std::max(program_.paramsBytes, op.params + op.paramsLength);
    }
    program_.ops.push_back(op);
    return labelProblem_;
  }

  // Reads a list of indices and raises `end` above all of them.
  void readIndices(Op& op, uint32_t& end) {
    op.count = words_.next();
    op.first = static_cast<uint32_t>(program_.indices.size());
    for (uint32_t i = 0; i < op.count && !words_.failed; i++) {
      const uint32_t index = words_.next();
      end = std::max(end, index + 1);
      program_.indices.push_back(index);
    }
  }

  Range range() {
    const uint32_t memory = words_.next();
    if (memory != kNoMemory) program_.memoryCount = std::max(program_.memoryCount, memory + 1);
    const NSUInteger offset = words_.wide();
    const NSUInteger length = words_.wide();
    return {memory, offset, length};
  }

  uint32_t label() {
    const uint32_t index = words_.next();
    if (index >= program_.labels.size()) labelProblem_ = "a label that is missing";
    return index;
  }

  Words words_;
  Program& program_;
  const Pipelines& pipelines_;
  bool open_ = false;
  const char* labelProblem_ = nullptr;
};

}  // namespace

std::unique_ptr<Program> Program::parse(const uint32_t* words, size_t count, std::vector<Ref<NSString*>> labels,
                                        const Pipelines& pipelines, std::string& error) {
  auto program = std::make_unique<Program>();
  program->labels = std::move(labels);
  const char* problem =
      program->labels.empty() ? "no label" : Parser(Words(words, count), *program, pipelines).run();
  if (problem == nullptr) return program;
  error = std::string("the packed steps cannot be read: ") + problem;
  return nullptr;
}

}  // namespace wick
