import { type Device, openDevice } from '@wick/core';
import { resizeBicubic, type Tensor, tensor } from '@wick/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireShared } from '#shared';
import {
  alphaCumprod,
  type DecoderOptions,
  evenLevels,
  type GivenNoise,
  levelEmbedding,
  noiseMixture,
  type Progress,
  type WuerstchenPipeline,
  type WuerstchenStepReport,
  wuerstchenSteps,
} from '../../src/index.js';
import { Reference, Watch } from '../diffusion/reference.js';
import { describeBackends } from '../helpers/backends.js';
import { loadTiny, recordedPrompts, WUERSTCHEN_TINY } from './fixture.js';

const SCALERS = { default: 1, scaler2: 2, scaler_half: 0.5 } as const;

describeBackends(
  'Würstchen against wuerstchen-tiny',
  ({ factory }) => {
    let device: Device;
    let pipeline: WuerstchenPipeline;
    let reference: Reference;
    beforeAll(async () => {
      device = await openDevice(factory());
      pipeline = await loadTiny(device);
      reference = await Reference.open(requireShared(WUERSTCHEN_TINY));
    });
    afterAll(async () => {
      pipeline[Symbol.dispose]();
      await reference.close();
      await device.close();
    });

    const input = (name: string): Promise<Tensor> => reference.tensor(device, `in.${name}`);
    /** Holds every recorded tensor below `prefix` that the watch saw; returns the names that it did not. */
    const checkSeen = async (prefix: string, watch: Watch): Promise<string[]> => {
      const missing: string[] = [];
      for (const name of reference.names(prefix)) {
        const value = watch.values.get(name);
        if (value === undefined) missing.push(name);
        else await reference.check(prefix + name, await value);
      }
      return missing;
    };

    it.each(['prior_text', 'decoder_text'] as const)('encodes the texts: %s', async (name) => {
      const encoder =
        name === 'prior_text' ? pipeline.prior.textEncoder : pipeline.decoder.networks.textEncoder;
      const ids = await input(`${name}.input_ids`);
      const mask = (await input(`${name}.attention_mask`)).cast('bool');
      const states = device.run(() => encoder.forward(ids, { mask }));
      await reference.check(`out.${name}.last_hidden_state`, await states.data());
    });

    it('predicts with the prior: every block, batches, small inputs', async () => {
      const { prior } = pipeline.prior;
      const { levelSize } = prior.config;
      for (const run of ['c1', 'c2', 'c3']) {
        const [x, c] = [await input(`prior.${run}.x`), await input(`prior.${run}.c`)];
        const embedded = levelEmbedding([...(await reference.numbers(`in.prior.${run}.r`))], levelSize);
        const level = tensor(device, embedded, [x.shape[0], levelSize]);
        const watch = new Watch();
        device.run(() => {
          prior.forward(x, level, c, watch);
        });
        const missing = await checkSeen(`out.prior.${run}.`, watch);
        expect(missing).toEqual(run === 'c1' ? ['r_embedding'] : []);
        if (run === 'c1') await reference.check('out.prior.c1.r_embedding', embedded);
      }
    });

    it('predicts with the decoder: every block, mean and spread', async () => {
      const { decoder } = pipeline.decoder.networks;
      const { levelSize } = decoder.config;
      const [x, embeddings, states] = [
        await input('decoder.c1.x'),
        await input('decoder.c1.effnet'),
        await input('decoder.c1.clip'),
      ];
      const embedded = levelEmbedding([...(await reference.numbers('in.decoder.c1.r'))], levelSize);
      const level = tensor(device, embedded, [1, levelSize]);
      const watch = new Watch();
      device.run(() => {
        decoder.forward(x, { level, embeddings, states }, watch);
      });
      const missing = await checkSeen('out.decoder.c1.', watch);
      expect(missing.toSorted()).toEqual(['effnet_resized', 'r_embedding']);
      await reference.check('out.decoder.c1.r_embedding', embedded);
      const resized = resizeBicubic(embeddings, [x.shape[2] / 2, x.shape[3] / 2]);
      await reference.check('out.decoder.c1.effnet_resized', await resized.data());
    });

    it('encodes, quantises and decodes pictures', async () => {
      const { vqgan } = pipeline.decoder.networks;
      const [image, latent] = [await input('vq.image'), await input('vq.latent')];
      const watches = { encode: new Watch(), decode: new Watch() };
      const made = device.run(() => {
        vqgan.decode(latent, watches.decode);
        const latents = vqgan.encode(image, watches.encode);
        const quantized = vqgan.quantize(latents);
        return { quantized, decoded: vqgan.decode(quantized.latents) };
      });
      expect(await checkSeen('out.vq.encode.', watches.encode)).toEqual([]);
      expect(await checkSeen('out.vq.decode.', watches.decode)).toEqual([]);
      await reference.check('out.vq.quantize.indices', await made.quantized.indices.data());
      await reference.check('out.vq.quantize.latents', await made.quantized.latents.data());
      await reference.check('out.vq.decode_quantized.image', await made.decoded.data());
    });

    it('has the tables and the steps of the scheduler', async () => {
      for (const steps of [10, 25]) {
        const levels = evenLevels(steps);
        await reference.check(`out.sched.timesteps.${steps}`, levels);
        for (const [name, scaler] of Object.entries(SCALERS)) {
          const table = levels.map((level) => alphaCumprod(level, { scaler, offset: 0.008 }));
          await reference.check(`out.sched.${name}.alpha_cumprod.${steps}`, table);
        }
      }
      const [outputs, noises] = [
        await reference.numbers('in.sched.model_outputs'),
        await reference.numbers('in.sched.noises'),
      ];
      for (const [name, scaler] of Object.entries(SCALERS)) {
        let sample = await reference.numbers('in.sched.sample');
        const all: number[] = [];
        for (const [i, step] of wuerstchenSteps(evenLevels(10), { scaler, offset: 0.008 }).entries()) {
          const at = i * sample.length;
          sample = sample.map(
            (value, j) => step.sample * value + step.output * outputs[at + j] + step.noise * noises[at + j],
          );
          all.push(...sample);
        }
        await reference.check(`out.sched.${name}.steps`, all);
      }
      const sample = await reference.numbers('in.sched.sample');
      const mixtures = Array.from(await reference.numbers('in.sched.add_noise.t'), (level) =>
        noiseMixture(level, { scaler: 1, offset: 0.008 }),
      );
      const noisy = sample.map((value, i) => {
        const { signal, noise } = mixtures[Math.floor(i / (sample.length / mixtures.length))];
        return signal * value + noise * noises[i];
      });
      await reference.check('out.sched.add_noise', noisy);
    });

    /** The recorded noise of a run. */
    const noiseOf = async (run: string): Promise<GivenNoise> => {
      const [start, steps] = [
        await reference.numbers(`in.${run}.latents`),
        await reference.numbers(`in.${run}.noises`),
      ];
      const count = steps.length / start.length;
      const of = (i: number) => steps.subarray(i * start.length, (i + 1) * start.length);
      return { start, steps: Array.from({ length: count }, (_, i) => of(i)) };
    };
    /** Collects the latents after each step, and the progress. */
    const recorder = () => {
      const latents: number[] = [];
      const events: Progress[] = [];
      return {
        latents,
        events,
        onStep: async (report: WuerstchenStepReport) => {
          latents.push(...(await report.latents.data()));
        },
        onProgress: (event: Progress) => {
          events.push(event);
        },
      };
    };

    it('runs the prior as it was recorded', async () => {
      const { prior, textEncoder } = pipeline.prior;
      const levels = evenLevels(6);
      await reference.check('out.run_prior.timesteps', levels);
      const [prompt, negativePrompt] = await recordedPrompts(reference, 'prior_text');
      const record = recorder();
      // Rows and columns of the recorded latents, in pixels of a picture.
      const [, , rows, columns] = reference.shape('in.run_prior.latents');
      const { resolutionMultiple } = pipeline.prior.config.index;
      using embeddings = await pipeline.prior.embed({
        prompts: [prompt],
        negativePrompt,
        levels,
        guidance: 4,
        noise: await noiseOf('run_prior'),
        height: Math.floor(rows * resolutionMultiple),
        width: Math.floor(columns * resolutionMultiple),
        ...record,
      });
      await reference.check('out.run_prior.latents_after_step', record.latents);
      await reference.check('out.run_prior.image_embeddings', await embeddings.data());
      expect(record.events.map(({ kind, loaded, total, label }) => [kind, loaded, total, label])).toEqual(
        [0, 1, 2, 3, 4, 5, 6].map((loaded) => ['step', loaded, 6, 'prior']),
      );

      const start = await input('run_prior.latents');
      const ids = await input('prior_text.input_ids');
      const mask = (await input('prior_text.attention_mask')).cast('bool');
      const { levelSize } = prior.config;
      const first = device.run(() => {
        const level = tensor(device, levelEmbedding([1, 1], levelSize), [2, levelSize]);
        return prior.forward(start.tile([2, 1, 1, 1]), level, textEncoder.forward(ids, { mask }));
      });
      await reference.check('out.run_prior.model_out.first', await first.data());
    });

    it.each([
      { run: 'run_decoder', steps: 4, guidance: 0 },
      { run: 'run_decoder_cfg', steps: 2, guidance: 2 },
    ])('runs the decoder as it was recorded: $run', async ({ run, steps, guidance }) => {
      const levels = evenLevels(steps);
      await reference.check(`out.${run}.timesteps`, levels);
      const embeddings = await reference.tensor(device, 'out.run_prior.image_embeddings');
      const [prompt, negativePrompt] = await recordedPrompts(reference, 'decoder_text');
      const record = recorder();
      const options: DecoderOptions = {
        prompts: [prompt],
        negativePrompt,
        levels,
        guidance,
        noise: await noiseOf(run),
        ...record,
      };
      using latents = await pipeline.decoder.latents(embeddings, options);
      await reference.check(`out.${run}.latents_after_step`, record.latents);
      const { vqgan } = pipeline.decoder.networks;
      const raw = device.run(() => vqgan.decode(latents.mul(vqgan.config.scaleFactor)));
      await reference.check(`out.${run}.image_raw`, await raw.data());
      const limited = await raw.clamp(0, 1).data();
      await reference.check(`out.${run}.image`, limited);
      const [picture] = await pipeline.decoder.pictures(latents);
      const plane = picture.width * picture.height;
      expect(
        picture.data.every((byte, i) => {
          const value = 255 * limited[(i % 3) * plane + Math.floor(i / 3)];
          return Math.abs(byte - value) <= 0.5 + 1e-3;
        }),
      ).toBe(true);
    });

    it('was held to every recorded tensor', () => {
      expect(reference.names('out.')).toHaveLength(86);
      expect(reference.unchecked('out.')).toEqual([]);
    });
  },
  [WUERSTCHEN_TINY],
  { heavy: true },
);
