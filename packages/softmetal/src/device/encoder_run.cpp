#include "encoder_run.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "findings.h"

namespace softmetal {

namespace {

constexpr int internalError = 1, invalidResource = 9;
/** Threadgroups that run before another dispatch may have its turn. */
constexpr unsigned long mostAtOnce = 8;

thread_local CommandTracker *tracking = nullptr;
thread_local std::string told;

void access(const void *address, unsigned long bytes, unsigned kind) {
  if (tracking != nullptr) tracking->access(address, bytes, kind);
}

SmRuntime runtime() {
  SmRuntime r = {};
  r.threadgroup_barrier = ThreadgroupRunner::threadgroupBarrier;
  r.collect = ThreadgroupRunner::collect;
  r.lane = ThreadgroupRunner::lane;
  r.access = access;
  r.arena = reinterpret_cast<const unsigned char *>(Arena::shared().base());
  r.arenaBytes = Arena::shared().bytes();
  return r;
}

ThreadgroupRunner &runner() {
  thread_local ThreadgroupRunner one([](const std::string &text) { told = text; });
  return one;
}

}  // namespace

EncoderRun::EncoderRun(EncoderRecord &encoder, CommandBufferRecord &buffer, bool track,
                       std::mt19937_64 &random)
    : encoder_(encoder), buffer_(buffer), track_(track), random_(random) {}

std::string EncoderRun::name(const Command &command) const {
  const char *kind = command.kind == Command::Kind::dispatch ? "dispatch"
                     : command.kind == Command::Kind::copy   ? "copy"
                                                             : "fill";
  std::string label = encoder_.labels[command.label].text();
  if (label.empty() && command.program != nullptr) label = command.program->source.name;
  return std::string(kind) + " '" + label + "' of encoder '" + encoder_.label + "' of command buffer '" +
         buffer_.label + "'";
}

void EncoderRun::fail(const std::string &text) {
  Findings::shared().add(text);
  encoder_.state = EncoderRecord::State::faulted;
  buffer_.fail(text.rfind("out of bounds", 0) == 0 ? invalidResource : internalError, text);
}

Binding EncoderRun::bindingAt(const Command &command, unsigned index) const {
  return index < command.count ? encoder_.bindings[command.first + index] : Binding();
}

std::shared_ptr<Memory> EncoderRun::memoryAt(const Command &command, unsigned index) const {
  const Binding binding = bindingAt(command, index);
  return binding.kind == Binding::Kind::buffer ? buffer_.memories[binding.memory].lock() : nullptr;
}

std::vector<std::shared_ptr<Memory>> EncoderRun::memoryOf(const Command &command) const {
  std::vector<std::shared_ptr<Memory>> found;
  for (unsigned i = 0; i < command.count; i++)
    if (auto memory = memoryAt(command, i)) found.push_back(std::move(memory));
  return found;
}

/** Finds which commands come after which: a barrier orders what uses the memory that it names. */
void EncoderRun::plan() {
  struct State {
    std::uint64_t epoch = 0;
    std::vector<std::size_t> before, current;
    void barrier() {
      epoch++;
      if (!current.empty()) before = std::move(current);
      current.clear();
    }
  };
  std::unordered_map<Memory *, State> states;
  std::uint64_t everywhere = 0;
  for (const auto &command : encoder_.commands) {
    if (command.kind == Command::Kind::barrier) {
      if (command.everything) {
        everywhere++;
        for (auto &[memory, state] : states) state.barrier();
      }
      for (const auto &memory : memoryOf(command)) states[memory.get()].barrier();
      continue;
    }
    Job job;
    job.command = &command;
    const std::size_t index = jobs_.size();
    for (const auto &memory : memoryOf(command)) {
      State &state = states[memory.get()];
      if (!state.current.empty() && state.current.back() == index) continue;
      if (encoder_.concurrent) job.after.insert(job.after.end(), state.before.begin(), state.before.end());
      state.current.push_back(index);
      job.epochs.emplace_back(memory, encoder_.concurrent ? state.epoch : index);
    }
    if (!encoder_.concurrent && index > 0) job.after.push_back(index - 1);
    jobs_.push_back(std::move(job));
  }
}

void EncoderRun::run() {
  plan();
  std::vector<std::size_t> open;
  std::vector<unsigned> missing(jobs_.size());
  std::vector<std::vector<std::size_t>> followers(jobs_.size());
  for (std::size_t i = 0; i < jobs_.size(); i++) {
    auto &after = jobs_[i].after;
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    missing[i] = static_cast<unsigned>(after.size());
    for (const std::size_t a : after) followers[a].push_back(i);
    if (after.empty()) open.push_back(i);
  }
  while (!open.empty() && encoder_.state != EncoderRecord::State::faulted) {
    const std::size_t at = random_() % open.size();
    const std::size_t index = open[at];
    Job &job = jobs_[index];
    if (job.command->kind != Command::Kind::dispatch) {
      transfer(job);
    } else {
      if (!job.begun && !begin(job)) return;
      step(job, open.size() == 1 ? job.groups : 1 + random_() % mostAtOnce);
    }
    if (job.command->kind == Command::Kind::dispatch && job.next < job.groups) continue;
    end(job);
    open[at] = open.back();
    open.pop_back();
    for (const std::size_t f : followers[index])
      if (--missing[f] == 0) open.push_back(f);
  }
}

bool EncoderRun::begin(Job &job) {
  const Command &command = *job.command;
  const Program &program = *command.program;
  job.begun = true;
  job.groups = command.grid.threadgroups.product();
  job.first = random_() % job.groups;
  job.stride = 1 + random_() % job.groups;
  while (std::gcd(job.stride, job.groups) != 1) job.stride++;
  job.buffers.assign(slots, nullptr);
  job.threadgroups.assign(slots, nullptr);
  if (track_) job.tracker = std::make_unique<CommandTracker>(name(command), encoder_.order);
  for (std::size_t i = 0; i < program.source.parameters.size(); i++) {
    const Parameter &p = program.source.parameters[i];
    if (!program.present[i]) continue;
    if (p.kind == Parameter::Kind::threadgroup) {
      const std::size_t bytes = encoder_.threadgroupMemory[command.threadgroupMemory][p.index];
      if (bytes == 0)
        return fail("missing binding: " + name(command) + " has no threadgroup memory for '" + p.name + "'"),
               false;
      job.threadgroupMemory.emplace_back(bytes + 64, '\xff');
      const auto address = reinterpret_cast<std::uintptr_t>(job.threadgroupMemory.back().data());
      job.threadgroups[p.index] = reinterpret_cast<void *>((address + 63) & ~std::uintptr_t{63});
    }
    if (p.kind != Parameter::Kind::buffer) continue;
    const Binding binding = bindingAt(command, p.index);
    if (binding.kind == Binding::Kind::none)
      return fail("missing binding: " + name(command) + " has nothing at index " + std::to_string(p.index) +
                  " for '" + p.name + "'"),
             false;
    std::size_t length = binding.length;
    if (binding.kind == Binding::Kind::bytes) {
      job.buffers[p.index] = encoder_.bytes.data() + binding.offset;
    } else {
      const auto memory = memoryAt(command, p.index);
      if (!memory)
        return fail("freed in flight: the buffer at index " + std::to_string(p.index) + " of " +
                    name(command) + " was released before it ran"),
               false;
      length = binding.offset < memory->length ? memory->length - binding.offset : 0;
      job.buffers[p.index] = memory->base + binding.offset;
      if (job.tracker) {
        std::uint64_t epoch = 0;
        for (const auto &[m, e] : job.epochs)
          if (m == memory) epoch = e;
        job.tracker->bind(memory, binding.offset, epoch, p.writable);
      }
    }
    if (p.reference && length < program.bytes[i])
      return fail("out of bounds: '" + p.name + "' of " + name(command) + " needs " +
                  std::to_string(program.bytes[i]) + " bytes and has " + std::to_string(length)),
             false;
  }
  command.program->attach(runtime());
  return true;
}

void EncoderRun::step(Job &job, unsigned long most) {
  const Command &command = *job.command;
  const Grid &grid = command.grid;
  Program &program = *command.program;
  tracking = job.tracker.get();
  const auto localBytes = static_cast<std::size_t>(program.threadgroupEnd - program.threadgroupBegin);
  for (; most > 0 && job.next < job.groups; most--, job.next++) {
    const unsigned long index = (job.first + job.next * job.stride) % job.groups;
    const Size3 position{static_cast<unsigned>(index % grid.threadgroups.x),
                         static_cast<unsigned>(index / grid.threadgroups.x % grid.threadgroups.y),
                         static_cast<unsigned>(index / grid.threadgroups.x / grid.threadgroups.y)};
    std::memset(program.threadgroupBegin, 0xff, localBytes);
    for (auto &memory : job.threadgroupMemory) std::memset(memory.data(), 0xff, memory.size());
    runner().run(program.kernel, job.buffers.data(), job.threadgroups.data(), grid, position, random_());
    if (!told.empty()) {
      fail(told + ", in " + name(command));
      told.clear();
    }
  }
  tracking = nullptr;
}

void EncoderRun::end(Job &job) {
  if (!job.tracker) return;
  for (const auto &problem : job.tracker->finish()) fail(problem);
}

void EncoderRun::transfer(Job &job) {
  const Command &command = *job.command;
  const bool copies = command.kind == Command::Kind::copy;
  const auto target = memoryAt(command, command.count - 1);
  const auto source = copies ? memoryAt(command, 0) : target;
  if (!target || !source)
    return fail("freed in flight: a buffer of " + name(command) + " was released before it ran");
  if (track_) job.tracker = std::make_unique<CommandTracker>(name(command), encoder_.order);
  for (const auto &[memory, epoch] : job.epochs)
    if (job.tracker) job.tracker->bind(memory, 0, epoch, memory == target);
  char *const to = target->base + bindingAt(command, command.count - 1).offset;
  const char *const from = source->base + bindingAt(command, 0).offset;
  if (job.tracker) {
    if (copies) job.tracker->access(from, command.length, SmRead);
    job.tracker->access(to, command.length, SmWrite);
  }
  if (copies)
    std::memmove(to, from, command.length);
  else
    std::memset(to, command.value, command.length);
}

}  // namespace softmetal
