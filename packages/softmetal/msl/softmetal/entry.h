/** How the entry point that softmetal appends to a source turns an SmThread into a kernel's parameters. */
#pragma once

#define SM_ENTRY extern "C" __attribute__((visibility("default")))

extern "C" {
extern char __bss_start[] __attribute__((visibility("hidden")));
extern char _end[] __attribute__((visibility("hidden")));
}
/** Threadgroup variables are all that a kernel leaves zero at load. */
SM_ENTRY __attribute__((used)) inline void sm_threadgroup_memory(char **from, char **to) {
  *from = __bss_start;
  *to = _end;
}

namespace metal {
/** A pointer in the argument table, which becomes whatever pointer or reference a parameter is. */
struct SmSlot {
  void *address;
};

template <class P>
struct sm_argument {
  static P from(const unsigned (&value)[3]) {
    if constexpr (sm_shape<P>::size == 1) {
      return (P)value[0];
    } else {
      P r;
      for (int i = 0; i < sm_shape<P>::size; i++) r[i] = (typename sm_shape<P>::element)value[i];
      return r;
    }
  }
  static constexpr unsigned long bytes = 0;
};
template <class T>
struct sm_argument<T *> {
  static T *from(SmSlot slot) { return (T *)slot.address; }
  static constexpr unsigned long bytes = sizeof(T);
};
template <class T>
struct sm_argument<T &> {
  static T &from(SmSlot slot) { return *(T *)slot.address; }
  static constexpr unsigned long bytes = sizeof(T);
};

template <class... P, class... A>
inline __attribute__((always_inline)) void sm_call(void (*kernel_)(P...), const A &...arguments) {
  kernel_(sm_argument<P>::from(arguments)...);
}
/** The least bytes that parameter i needs behind it. */
template <class... P>
inline unsigned long sm_bytes(void (*)(P...), unsigned i) {
  const unsigned long bytes[] = {sm_argument<P>::bytes..., 0};
  return bytes[i];
}
}  // namespace metal
