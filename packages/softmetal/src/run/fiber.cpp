#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
#include <sanitizer/common_interface_defs.h>
#define SOFTMETAL_ASAN 1
#endif

// Saves what the calling convention lets a caller keep, stores the stack pointer in `*from`, continues at
// `to`.
#if defined(__x86_64__)
extern "C" void softmetal_switch(void **from, void *to);
__asm__(R"(
  .text
  .type softmetal_switch, @function
softmetal_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size softmetal_switch, .-softmetal_switch
)");
static void *firstFrame(char *top, void (*entry)()) {
  auto *stack = reinterpret_cast<std::uintptr_t *>(top);
  *--stack = 0;  // keeps the stack aligned as after a call
  *--stack = reinterpret_cast<std::uintptr_t>(entry);
  for (int i = 0; i < 6; i++) *--stack = 0;
  return stack;
}
#elif defined(__aarch64__)
extern "C" void softmetal_switch(void **from, void *to);
__asm__(R"(
  .text
  .type softmetal_switch, %function
softmetal_switch:
  sub sp, sp, #176
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #176
  ret
  .size softmetal_switch, .-softmetal_switch
)");
static void *firstFrame(char *top, void (*entry)()) {
  auto *stack = reinterpret_cast<std::uintptr_t *>(top - 176);
  for (int i = 0; i < 22; i++) stack[i] = 0;
  stack[11] = reinterpret_cast<std::uintptr_t>(entry);  // x30
  return stack;
}
#else
#error "softmetal runs on x86-64 and arm64"
#endif

namespace softmetal {

struct Fiber::Context {
  char *mapping = nullptr;
  std::size_t bytes = 0;
  void *own = nullptr;
  void *resumer = nullptr;
  void (*body)(void *) = nullptr;
  void *argument = nullptr;
  bool running = false;
#if SOFTMETAL_ASAN
  const void *resumerBottom = nullptr;
  std::size_t resumerBytes = 0;
#endif
};

namespace {
thread_local void *entering = nullptr;
}

Fiber::Fiber(std::size_t stackBytes) : context_(std::make_unique<Context>()) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  context_->bytes = (stackBytes + page - 1) / page * page + page;
  void *mapping = mmap(nullptr, context_->bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mprotect(mapping, page, PROT_NONE);
  context_->mapping = static_cast<char *>(mapping);
}

Fiber::~Fiber() { munmap(context_->mapping, context_->bytes); }

void Fiber::prepare(void (*body)(void *), void *argument) {
  context_->body = body;
  context_->argument = argument;
  context_->running = true;
  context_->own = firstFrame(context_->mapping + context_->bytes, &Fiber::enter);
}

bool Fiber::resume() {
  Context &c = *context_;
  entering = &c;
#if SOFTMETAL_ASAN
  void *fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, c.mapping, c.bytes);
#endif
  softmetal_switch(&c.resumer, c.own);
#if SOFTMETAL_ASAN
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  return c.running;
}

void Fiber::suspend() {
  Context &c = *context_;
#if SOFTMETAL_ASAN
  void *fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, c.resumerBottom, c.resumerBytes);
#endif
  softmetal_switch(&c.own, c.resumer);
#if SOFTMETAL_ASAN
  __sanitizer_finish_switch_fiber(fake, &c.resumerBottom, &c.resumerBytes);
#endif
}

void Fiber::enter() {
  Context &c = *static_cast<Context *>(entering);
#if SOFTMETAL_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &c.resumerBottom, &c.resumerBytes);
#endif
  c.body(c.argument);
  c.running = false;
#if SOFTMETAL_ASAN
  __sanitizer_start_switch_fiber(nullptr, c.resumerBottom, c.resumerBytes);
#endif
  softmetal_switch(&c.own, c.resumer);
  std::abort();
}

}  // namespace softmetal
