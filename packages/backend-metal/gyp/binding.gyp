{
  # macOS only, called by native/build.mjs, which on Linux calls clang itself. Not at the top of the package,
  # where package managers would run it at every install.
  "variables": { "wick_bench%": 0 },
  "targets": [{
    "target_name": "wick_metal",
    "sources": [
      "../native/addon.mm",
      "../native/capture.mm",
      "../native/compile.mm",
      "../native/completions.mm",
      "../native/device.mm",
      "../native/encode.mm",
      "../native/gpu.mm",
      "../native/memory.mm",
      "../native/program.mm"
    ],
    "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS"],
    "conditions": [["wick_bench==1", { "sources": ["../native/bench.mm"], "defines": ["WICK_BENCH"] }]],
    "xcode_settings": {
      "MACOSX_DEPLOYMENT_TARGET": "12.0",
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "CLANG_CXX_LIBRARY": "libc++",
      "CLANG_ENABLE_OBJC_ARC": "NO",
      "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "GCC_TREAT_WARNINGS_AS_ERRORS": "YES",
      "WARNING_CFLAGS": ["-Wall", "-Wextra"]
    },
    "libraries": ["-framework Foundation", "-framework Metal", "-framework CoreGraphics"]
  }]
}
