/** MSL: what a kernel computes is what Metal's language says. */
#include "harness.h"

namespace {

/** Runs `body` on `threads` threads in threadgroups of 64 over one buffer of floats, and returns it. */
id<MTLBuffer> runBody(Rig &rig, const std::string &body, NSUInteger threads = 64, NSUInteger size = 256,
                      const std::string &before = "") {
  const std::string source =
      "#include <metal_stdlib>\nusing namespace metal;\n" + before +
      "kernel void test(device float *out [[buffer(0)]],\n"
      "    uint i [[thread_position_in_grid]], uint lane [[thread_index_in_simdgroup]],\n"
      "    uint group [[simdgroup_index_in_threadgroup]]) {\n" +
      body + "\n}\n";
  id<MTLBuffer> out = rig.buffer("out", size);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder =
      [buffer computeCommandEncoderWithDispatchType:MTLDispatchTypeConcurrent];
  rig.dispatch(encoder, "test", rig.pipeline(source.c_str(), "test"), {out}, threads, 64);
  [encoder endEncoding];
  [buffer commit];
  [buffer waitUntilCompleted];
  expectFindings({});
  return out;
}

void expectValues(id<MTLBuffer> out, const std::vector<float> &values) {
  for (std::size_t i = 0; i < values.size(); i++) {
    const float found = floats(out)[i], wanted = values[i];
    expect(
        found == wanted || (found != found && wanted != wanted),
        "element " + std::to_string(i) + " is " + std::to_string(found) + ", not " + std::to_string(wanted));
  }
}

std::string errorOf(Rig &rig, const std::string &source) {
  NSError *error = nil;
  id<MTLLibrary> library = [rig.device newLibraryWithSource:string(source.c_str()) options:nil error:&error];
  expect(library == nil, "it compiled");
  return error.localizedDescription.UTF8String;
}

void expectPart(const std::string &text, const std::string &part) {
  expect(text.find(part) != std::string::npos, "'" + part + "' is not in: " + text);
}

}  // namespace

TEST("half rounds after every operation") {
  Rig rig;
  // 2048 + 1 is no half: it rounds back to 2048, twice. A float sum rounded once would give 2050.
  expectValues(runBody(rig, R"(
    half a = 2048.0h, one = half(lane < 64 ? 1 : 2);
    half4 v = half4(2048.0h) + half4(one) + half4(one);
    out[0] = a + one + one; out[1] = v.y; out[2] = half(65504.0f) * 2.0h; out[3] = float(0.1h);
  )",
                       1),
               {2048.0f, 2048.0f, INFINITY, 0.0999755859375f});
}
TEST("vectors: constructors, conversions, swizzles, select") {
  Rig rig;
  expectValues(runBody(rig, R"(
    float2 a = float2(1, 2);
    float4 b = float4(a.yx, 3.0, 4.0);
    int4 c = int4(b * 1.5f);
    half4 h = half4(b);
    float4 d = float4(h) + float4(uchar4(250, 1, 2, 3));
    out[0] = b.x; out[1] = c.w; out[2] = d.x; out[3] = dot(b, float4(1.0));
    float4 s = select(b, float4(9.0f), b > 2.5f);
    out[4] = s.x; out[5] = s.w; out[6] = vec<float, 3>(7.0f, a).z; out[7] = as_type<float>(0x40490fdbu) > 3.14f;
    packed_float3 p = float3(1, 2, 3);
    out[8] = sizeof(packed_float3) + sizeof(float3); out[9] = p.y; out[10] = float3(p).z;
  )",
                       1),
               {2, 6, 252, 10, 2, 9, 2, 1, 28, 2, 3});
}
TEST("NaN: fmax and fmin take the number, comparisons are false") {
  Rig rig;
  expectValues(runBody(rig, R"(
    float n = as_type<float>(0x7fc00000u + lane);
    out[0] = fmax(n, 1.0f); out[1] = fmin(1.0f, n); out[2] = max(n, n); out[3] = n > 0.0f; out[4] = isnan(n);
    out[5] = clamp(n, 2.0f, 3.0f); out[6] = exp(-INFINITY); out[7] = precise::log(0.0f); out[8] = fast::exp2(3.0f);
  )",
                       1),
               {1, 1, NAN, 0, 1, 2, 0, -INFINITY, 8});
}
TEST("a double literal is a float") {
  Rig rig;
  expectValues(runBody(rig, "out[0] = sizeof(1.0); out[1] = 16777216.0 + 1.0 == 16777216.0;", 1), {4, 1});
}
TEST("threadgroup memory and barriers: a reversal across SIMD groups, with unwritten memory NaN") {
  Rig rig;
  id<MTLBuffer> out = runBody(rig, R"(
    threadgroup float tile[64];
    threadgroup float untouched[4];
    if (i < 2) out[128 + i] = untouched[i];
    for (uint round = 0; round < 3; round++) {
      tile[i] = out[64 + i] != out[64 + i] ? float(i) : out[64 + i] + 1.0f;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      out[64 + i] = tile[63 - i];
      threadgroup_barrier(mem_flags::mem_threadgroup | mem_flags::mem_device);
    }
    out[i] = out[64 + i];
  )");
  for (int i = 0; i < 64; i++) expect(floats(out)[i] == float(63 - i) + 2.0f, "element " + std::to_string(i));
  expect(floats(out)[128] != floats(out)[128], "threadgroup memory was not NaN");
}
TEST("SIMD-group operations") {
  Rig rig;
  expectValues(runBody(rig, R"(
    float sum = simd_sum(float(lane));
    float most = simd_max(float(i));
    float least = simd_min(float(i) - 5.0f);
    float down = simd_shuffle_down(float(lane), 1);
    float across = simd_shuffle_xor(float(lane), 16);
    float from = simd_broadcast(float(i), 3);
    float before = simd_prefix_exclusive_sum(1.0f);
    float with = simd_prefix_inclusive_sum(float(lane));
    uint votes = uint(ulong(simd_ballot(lane % 8 == 0)));
    bool every = simd_all(lane < 32), some = simd_any(lane == 7);
    float4 four = simd_sum(float4(1, 2, 3, 4));
    half h = simd_sum(half(1.0h));
    if (i == 37) {
      out[0] = sum; out[1] = most; out[2] = least; out[3] = down; out[4] = across; out[5] = from; out[6] = before;
      out[7] = with; out[8] = float(popcount(votes)); out[9] = every && some; out[10] = four.w; out[11] = h;
    }
  )"),
               {496, 63, 27, 6, 21, 35, 5, 15, 4, 1, 128, 32});
}
TEST("lanes that are apart do not take part") {
  Rig rig;
  expectValues(runBody(rig, R"(
    float sum = 0.0f;
    if (lane < 4) sum = simd_sum(1.0f);
    float all = simd_sum(1.0f);
    if (i == 2) { out[0] = sum; out[1] = all; }
    if (i == 20) { out[2] = sum; out[3] = all; }
  )",
                       32),
               {4, 32, 0, 32});
}
TEST("lanes that skip a loop meet the others behind it, with tracking and without") {
  for (const char *track : {"0", "1"}) {
    setenv("SOFTMETAL_TRACK", track, 1);
    Rig rig;
    std::vector<float> wanted(24, 1161.5f);  // 1150 is the sum of the squares of j - 11.5
    expectValues(runBody(rig, R"(
    const uint count = 24 + i / 1000;
    float sum = 0.0f;
    for (uint j = lane; j < count; j += 32) sum += float(j);
    const float mean = together(sum) / float(count);
    float squares = 0.0f;
    for (uint j = lane; j < count; j += 32) squares += (float(j) - mean) * (float(j) - mean);
    const float all = together(squares);
    for (uint j = lane; j < count; j += 32) out[j] = all + mean;
  )",
                         32, 256, R"(
    inline float together(float own) {
      for (ushort distance = 16; distance > 0; distance /= 2) own += simd_shuffle_xor(own, distance);
      return own;
    }
  )"),
                 wanted);
  }
  unsetenv("SOFTMETAL_TRACK");
}
TEST("a threadgroup that is smaller at the edge") {
  Rig rig;
  expectValues(runBody(rig, "float n = simd_sum(1.0f); if (i == 69) { out[0] = n; out[1] = group; }", 70),
               {6, 0});
}
TEST("simdgroup_matrix: a product from threadgroup memory, transposed loads, accumulation") {
  Rig rig;
  id<MTLBuffer> out = runBody(rig, R"(
    threadgroup float a[64], b[64];
    for (uint k = lane; k < 64; k += 32) { a[k] = float(k % 7); b[k] = float(k % 5) - 2.0f; }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    simdgroup_matrix<float, 8, 8> ma, mb, sum = make_filled_simdgroup_matrix<float, 8, 8>(1.0f);
    simdgroup_load(ma, a, 8);
    simdgroup_load(mb, b, 8, ulong2(0, 0), true);
    simdgroup_multiply_accumulate(sum, ma, mb, sum);
    simdgroup_store(sum, out, 8);
    simdgroup_half8x8 half_matrix(2.0h);
    simdgroup_float8x8 twice;
    simdgroup_multiply(twice, ma, half_matrix);
    simdgroup_store(twice, out + 64, 8);
  )",
                              32, 256);
  for (int r = 0; r < 8; r++) {
    for (int c = 0; c < 8; c++) {
      float sum = 1.0f;
      for (int k = 0; k < 8; k++) sum += float((r * 8 + k) % 7) * (float((c * 8 + k) % 5) - 2.0f);
      expect(floats(out)[r * 8 + c] == sum, "product at " + std::to_string(r) + ", " + std::to_string(c));
      expect(floats(out)[64 + r * 8 + c] == 2.0f * float((r * 8 + c) % 7), "diagonal product");
    }
  }
}
TEST("atomics over all threadgroups") {
  Rig rig;
  id<MTLBuffer> out = runBody(rig, R"(
    device atomic_uint *count = reinterpret_cast<device atomic_uint *>(out);
    device atomic_float *sum = reinterpret_cast<device atomic_float *>(out + 1);
    if (i == 0) { atomic_store_explicit(count, 0u, memory_order_relaxed); atomic_store_explicit(sum, 0.0f, memory_order_relaxed); }
    threadgroup_barrier(mem_flags::mem_device);
    atomic_fetch_add_explicit(count, 1u, memory_order_relaxed);
    atomic_fetch_add_explicit(sum, 0.5f, memory_order_relaxed);
    uint expected = 1000;
    if (i == 5) out[2] = atomic_compare_exchange_weak_explicit(count, &expected, 7u, memory_order_relaxed, memory_order_relaxed) ? 1.0f : float(expected > 0);
  )",
                              64);
  expect(*static_cast<uint32_t *>(out.contents) == 64, "the count");
  expect(floats(out)[1] == 32.0f && floats(out)[2] == 1.0f, "the sum");
}
TEST("structs, references, templates with host names") {
  Rig rig;
  const char *source = R"(
    #include <metal_stdlib>
    using namespace metal;
    struct Params { uint n; float scale; float bias[2]; };
    template <typename T>
    kernel void scaled(device T *out [[buffer(0)]], constant Params &params [[buffer(1)]],
                       uint3 at [[thread_position_in_grid]]) {
      Params mine = params;
      if (at.x < mine.n) out[at.x] = T(mine.scale * float(at.x) + params.bias[1]);
    }
    template [[host_name("scaled_float")]] kernel void scaled<float>(device float *out [[buffer(0)]],
        constant Params &params [[buffer(1)]], uint3 at [[thread_position_in_grid]]);
  )";
  id<MTLBuffer> out = rig.buffer("out", 8);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = [buffer computeCommandEncoder];
  [encoder setComputePipelineState:rig.pipeline(source, "scaled_float")];
  [encoder setBuffer:out offset:0 atIndex:0];
  struct {
    uint32_t n;
    float scale, bias[2];
  } params = {8, 3.0f, {0.0f, 0.5f}};
  [encoder setBytes:&params length:sizeof params atIndex:1];
  [encoder dispatchThreadgroups:MTLSizeMake(2, 1, 1) threadsPerThreadgroup:MTLSizeMake(32, 1, 1)];
  [encoder endEncoding];
  [buffer commit];
  [buffer waitUntilCompleted];
  expectFindings({});
  expect(floats(out)[7] == 21.5f, "a wrong result");
}
TEST("function constants choose the code and the parameters") {
  Rig rig;
  const char *source = R"(
    #include <metal_stdlib>
    using namespace metal;
    constant uint factor [[function_constant(0)]];
    constant bool has_bias [[function_constant(1)]];
    constant float extra [[function_constant(2)]];
    constant float sure = is_function_constant_defined(extra) ? extra : 0.25f;
    kernel void test(device float *out [[buffer(0)]],
                     device const float *bias [[buffer(1), function_constant(has_bias)]],
                     uint i [[thread_position_in_grid]]) {
      out[i] = float(i * factor) + sure;
      if (has_bias) out[i] += bias[i];
    }
  )";
  id<MTLLibrary> library = [rig.device newLibraryWithSource:string(source) options:nil error:nullptr];
  expect([[library.functionNames objectAtIndex:0] isEqual:@"test"], "names");
  MTLFunctionConstantValues *values = [[MTLFunctionConstantValues alloc] init];
  const uint32_t factor = 4;
  const bool hasBias = false;
  [values setConstantValue:&factor type:MTLDataTypeUInt atIndex:0];
  [values setConstantValue:&hasBias type:MTLDataTypeBool withName:@"has_bias"];
  id<MTLFunction> function = [library newFunctionWithName:@"test" constantValues:values error:nullptr];
  NSError *error = nil;
  id<MTLComputePipelineState> state = [rig.device newComputePipelineStateWithFunction:function error:&error];
  expect(state != nil, "no pipeline");
  id<MTLBuffer> out = rig.buffer("out", 32);
  id<MTLCommandBuffer> buffer = rig.commandBuffer();
  id<MTLComputeCommandEncoder> encoder = [buffer computeCommandEncoder];
  rig.dispatch(encoder, "test", state, {out}, 32);
  [encoder endEncoding];
  [buffer commit];
  [buffer waitUntilCompleted];
  expectFindings({});
  expect(floats(out)[3] == 12.25f, "a wrong result");
  NSDictionary *declared = function.functionConstantsDictionary;
  MTLFunctionConstant *constant = [declared objectForKey:@"factor"];
  expect(constant.type == MTLDataTypeUInt, "the type of a constant");
  [state release];
  [function release];
  [values release];
  [library release];
}
TEST("errors name the line of the source and the address spaces") {
  Rig rig;
  const std::string head = "#include <metal_stdlib>\nusing namespace metal;\n#define N 4\n";
  expectPart(errorOf(rig, head + "kernel void f(device float *x [[buffer(0)]]) {\n  x[0] = y;\n}\n"),
             "program_source:5:10: error");
  expectPart(
      errorOf(rig, head + "kernel void f(device float *x [[buffer(0)]]) {\n\n  thread float *y = x;\n}\n"),
      "program_source:6:17: error");
  const std::string local = errorOf(rig, head + "float g(threadgroup float *p) { return *p; }\nkernel void "
                                                "f(device float *x [[buffer(0)]]) {\n  x[0] = g(x);\n}\n");
  expectPart(local, "program_source:6:");
  expectPart(local, "threadgroup");
  expectPart(errorOf(rig, head + "kernel void f(device float *x [[buffer(0)]]) { x[0] = erf(1.0f); }\n"),
             "erf");
  expectPart(errorOf(rig, head + "kernel void f(device float *x) { x[0] = 1.0f; }\n"),
             "no attribute that binds it");
  expectPart(errorOf(rig, head + "kernel void f(texture2d<float> t [[texture(0)]]) {}\n"),
             "softmetal has no [[texture]]");
}
TEST("preprocessor macros of the compile options") {
  Rig rig;
  MTLCompileOptions *options = [[[MTLCompileOptions alloc] init] autorelease];
  options.preprocessorMacros = [NSDictionary dictionaryWithObject:@"3" forKey:@"COUNT"];
  NSString *source = @"#if COUNT == 3\n#include <metal_stdlib>\nkernel void three(device float *x "
                     @"[[buffer(0)]]) { x[0] = COUNT; }\n#endif\n";
  id<MTLLibrary> library = [rig.device newLibraryWithSource:source options:options error:nullptr];
  expect([library.functionNames count] == 1, "the macro was not defined");
  [library release];
}
