/** The commands about pictures and their options. */

import { type Command, Option } from 'commander';
import type { Handlers, ImagineFlags, TiledFlags } from './options.js';
import {
  backendOption,
  configOption,
  gpuTraceOption,
  progressOption,
  statsOption,
  traceOption,
} from './shared.js';
import { parseCount, parseNumber } from './values.js';

const IMAGINE_HELP = `
Prompts:
  Each prompt is one picture. With several, given one after the other or by --batch, the pictures get
  numbers: --out star.png writes star-1.png, star-2.png and so on. Picture i is drawn from the seed
  plus i - 1, and is the same whether it is drawn alone or with others. A prompt that is too long is
  cut, and what was cut is said.

Models:
  without --model           the embedded one draws plain shapes, 64 x 64: 'a small red circle above a
                            blue square on a white background' (15 steps, guidance 4)
  --model FOLDER            a Stable Diffusion 1.x in diffusers' layout, or a Würstchen: the folder of
                            its decoder with --prior, or one that holds prior_pipeline and
                            decoder_pipeline (60 and 12 steps, guidance 4)
  --model FILE.safetensors  a Stable Diffusion 1.x checkpoint; --tokenizer names the folder of CLIP's
                            vocab.json and merges.txt

Example:
  wick imagine "a green star left of a red heart" --out star.png --steps 15 --guidance 4 --seed 7
`;

const OUTPUT = 'PNG file to write; it appears whole or not at all';

/** The library's SCHEDULER_NAMES, which are not loaded for this; a test compares them. */
export const SCHEDULERS: readonly string[] = ['ddim', 'pndm', 'euler', 'euler-ancestral'];

/** Adds `imagine`, `reconstruct` and `upscale`. */
export function addPictureCommands(
  program: Command,
  handlers: Handlers,
  result: (exitCode: number) => void,
): void {
  program
    .command('imagine')
    .summary('draw pictures of prompts')
    .description('Draws a picture of each prompt. Standard output gets the names of the files.')
    .argument('[prompt...]', 'what to draw; several are several pictures')
    .requiredOption('--out <file>', OUTPUT)
    .option('--model <path>', 'folder or checkpoint (default: the embedded model)')
    .option('--prior <folder>', 'Würstchen: folder of the prior, where --model is that of the decoder')
    .option('--tokenizer <folder>', "checkpoint: folder of CLIP's tokenizer")
    .option(
      '--batch <file>',
      'prompts from a file, one a line; empty lines do not count; - is standard input',
    )
    .option(
      '--batch-size <n>',
      'pictures drawn together (default: 1); more memory, same pictures',
      parseCount,
    )
    .option('--negative <text>', 'what is not wanted')
    .option('--steps <n>', 'steps of the scheduler (default: 20)', parseCount)
    .option('--guidance <x>', 'how strongly the prompt counts; 1 is not at all (default: 7.5)', parseNumber)
    .addOption(
      new Option('--scheduler <name>', 'how steps are taken (default: as the model says)').choices(
        SCHEDULERS,
      ),
    )
    .option('--eta <x>', 'ddim: share of fresh noise in each step (default: 0)', parseNumber)
    .option('--seed <n>', 'another seed gives another picture (default: 0)', parseCount)
    .option('--width <n>', 'pixels (default: what the model was trained on)', parseCount)
    .option('--height <n>', 'pixels', parseCount)
    .option('--image <file>', 'PNG to begin with')
    .option('--strength <x>', 'how far to go from --image, up to 1 (default: 0.8)', parseNumber)
    .option('--preview <n>', 'write the picture so far every n steps, to OUT.step-NN.png', parseCount)
    .option('--decoder-steps <n>', "Würstchen: steps of the decoder; --steps are the prior's", parseCount)
    .addOption(
      new Option('--precision <dtype>', 'of activations (default: float32)').choices(['float32', 'float16']),
    )
    .addOption(backendOption())
    .addOption(configOption())
    .addOption(statsOption())
    .addOption(traceOption())
    .addOption(gpuTraceOption())
    .addOption(progressOption())
    .addHelpText('after', IMAGINE_HELP)
    .action(async (prompts: readonly string[], flags: ImagineFlags) =>
      result(await handlers.imagine(prompts, flags)),
    );

  tiled(program, 'reconstruct', 'a picture through an autoencoder and back')
    .description('Encodes a picture with a tiny autoencoder (TAESD family) and decodes it again.')
    .requiredOption('--model <folder>', 'folder with NAME_encoder.safetensors and NAME_decoder.safetensors')
    .option('--tile <n>', 'pixels worked on at once (default: 640); same picture, less memory', parseCount)
    .addHelpText('after', '\nExample:\n  wick reconstruct photo.png --model taef2 --out back.png\n')
    .action(async (picture: string, flags: TiledFlags) => result(await handlers.reconstruct(picture, flags)));

  tiled(program, 'upscale', 'enlarge a picture')
    .description('Enlarges a picture with a super-resolution network, tile by tile.')
    .option('--model <folder>', 'folder of a TensorFlow.js layers model (default: @upscalerjs/default-model)')
    .option('--tile <n>', 'pixels worked on at once (default: 256); same picture, less memory', parseCount)
    .addHelpText('after', '\nExample:\n  wick upscale photo.png --out big.png\n')
    .action(async (picture: string, flags: TiledFlags) => result(await handlers.upscale(picture, flags)));
}

/** A command that makes one picture of another. */
function tiled(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .argument('<picture>', 'PNG file')
    .requiredOption('--out <file>', OUTPUT)
    .addOption(backendOption())
    .addOption(configOption())
    .addOption(statsOption())
    .addOption(traceOption())
    .addOption(gpuTraceOption())
    .addOption(progressOption());
}
