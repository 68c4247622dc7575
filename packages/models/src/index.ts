export { type FetchFolderOptions, fetchFolder } from './bytes/fetch.js';
export { readJson } from './bytes/json.js';
export { memoryFolder, memorySource } from './bytes/memory.js';
export { type ByteFolder, type ByteSource, isPlainFileName } from './bytes/source.js';
export { throwIfCancelled } from './cancel.js';
export * from './diffusion/index.js';
export { type GgufFile, openGguf, parseGguf } from './gguf/file.js';
export { type GgufHeader, type GgufTensor, readGgufHeader } from './gguf/header.js';
export {
  type GgufModel,
  llamaConfigFromGguf,
  llamaNameFromGguf,
  llamaWeightsFromGguf,
  ROPE_FACTORS,
} from './gguf/llama.js';
export type { GgufMetadata } from './gguf/metadata.js';
export { tokenizerFromGguf } from './gguf/tokenizer.js';
export type { GgufArray, GgufValue } from './gguf/value.js';
export {
  cropImage,
  padImage,
  pasteImage,
  psnr,
  type Rectangle,
  type RgbImage,
} from './image/image.js';
export { decodePng, encodePng } from './image/png.js';
export {
  BYTE_RANGE,
  imageToTensor,
  type PixelRange,
  planesToImage,
  SIGNED_RANGE,
  tensorToImage,
  tensorToImages,
  UNIT_RANGE,
} from './image/tensor.js';
export * from './language-model.js';
export { KeyValueCache } from './llama/cache.js';
export type { LlamaConfig, RopeScaling, RopeStyle } from './llama/config.js';
export { parseLlamaConfig } from './llama/hugging-face.js';
export { type ForwardOptions, Llama, type LoadLlamaOptions } from './llama/llama.js';
export { isRedundantLlamaTensor, llamaParameters } from './llama/parameters.js';
export { ropeFrequencies } from './llama/rope.js';
export { type ModelFiles, openGgufModel, openModelFolder } from './model-files.js';
export * from './pictures/index.js';
export {
  type OnProgress,
  PROGRESS_UNITS,
  type Progress,
  ProgressCounter,
  type ProgressKind,
} from './progress.js';
export { openSafetensors, parseSafetensors, type SafetensorsFile } from './safetensors/file.js';
export {
  readSafetensorsHeader,
  SAFETENSORS_TYPES,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type SafetensorsType,
} from './safetensors/header.js';
export { openSafetensorsFolder, readSafetensorsIndex } from './safetensors/index-file.js';
export { type SafetensorsTensor, writeSafetensors } from './safetensors/write.js';
export {
  applyTemperature,
  checkLogits,
  choose,
  greedy,
  keepTopK,
  keepTopP,
  softmax,
} from './sampling/logits.js';
export { checkSampling, type Sampling, type SamplingOptions, sample } from './sampling/sample.js';
export { type ReconstructOptions, reconstruct } from './taesd/reconstruct.js';
export { decoderLayers, encoderLayers, type TaesdConfig, taesdParameters } from './taesd/structure.js';
export {
  openTinyAutoencoder,
  TAESD_NAMES,
  TinyAutoencoder,
  type TinyAutoencoderFiles,
} from './taesd/tiny-autoencoder.js';
export type { TokenizerFiles } from './tokenizer/files.js';
export type { TokenStream } from './tokenizer/stream.js';
export {
  createTokenizer,
  type DecodeOptions,
  type EncodeOptions,
  type Tokenizer,
} from './tokenizer/tokenizer.js';
export {
  openUpscaleModel,
  type UpscaleModelFiles,
  type UpscaleOptions,
  Upscaler,
  upscale,
} from './upscale/upscaler.js';
export { type CheckParametersOptions, checkParameters, type ParameterInfo } from './weights/check.js';
export { canDecode, decodeFloat32 } from './weights/decode.js';
export { float16ToNumber } from './weights/float16.js';
export { LoadedWeights, type LoadWeightsOptions, loadWeights } from './weights/load.js';
export { WEIGHT_TYPES, type WeightType, weightByteLength } from './weights/type.js';
export {
  findWeight,
  type ReadWeightsOptions,
  readWeights,
  type Weight,
  type WeightInfo,
  type Weights,
} from './weights/weights.js';
export * from './wuerstchen/index.js';
