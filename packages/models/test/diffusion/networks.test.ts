import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { requireShared } from '#shared';
import {
  AutoencoderKL,
  ClipTextEncoder,
  openSafetensorsFolder,
  parseClipTextConfig,
  parseUNetConfig,
  parseVaeConfig,
  samplePosterior,
  UNet2DConditionModel,
  type Weights,
} from '../../src/index.js';
import { fileFolder } from '../../src/node.js';
import { describeBackends } from '../helpers/backends.js';
import { Reference, readJsonFile, Watch } from './reference.js';

const paths = ['fixtures/sd-tiny'];
const STEM = 'diffusion_pytorch_model';

describeBackends(
  'the networks of Stable Diffusion against sd-tiny',
  ({ factory }) => {
    vi.setConfig({ testTimeout: 300_000 });
    const path = requireShared('fixtures/sd-tiny');
    let device: Device;
    let reference: Reference;

    beforeAll(async () => {
      device = await openDevice(factory());
      reference = await Reference.open(path);
    });

    afterAll(async () => {
      await reference?.close();
      await device?.close();
    });

    const config = (part: string) => readJsonFile(`${path}/${part}/config.json`);
    /** Opens the weights of a part for as long as `load` takes. */
    const loading = async <T>(
      part: string,
      stem: string,
      load: (weights: Weights) => Promise<T>,
    ): Promise<T> => {
      const weights = await openSafetensorsFolder(fileFolder(`${path}/${part}`), stem);
      return load(weights).finally(() => weights.close());
    };

    it('encodes text: the embeddings, every layer and the final norm', async () => {
      using encoder = await loading('text_encoder', 'model', (weights) =>
        ClipTextEncoder.load(device, parseClipTextConfig(config('text_encoder')), weights),
      );
      const ids = await reference.tensor(device, 'in.input_ids');
      const watch = new Watch();
      device.run(() => {
        encoder.forward(ids, watch);
      });
      const names = reference.names('out.text_encoder.');
      expect(names).toHaveLength(encoder.config.layerCount + 2);
      for (const name of names)
        await reference.check(`out.text_encoder.${name}`, (await watch.values.get(name)) ?? []);
    });

    it('predicts noise: square, wide, odd sizes, batches, small inputs, with every block', async () => {
      using unet = await loading('unet', STEM, (weights) =>
        UNet2DConditionModel.load(device, parseUNetConfig(config('unet')), weights),
      );
      for (const size of ['square', 'wide', 'odd', 'batch2', 'quiet']) {
        const at = `in.unet.${size}`;
        const sample = await reference.tensor(device, `${at}.sample`);
        const states = await reference.tensor(device, `${at}.encoder_hidden_states`);
        const timestep = (await reference.tensor(device, `${at}.timestep`)).cast('float32');
        const watch = new Watch();
        device.run(() => {
          unet.forward(sample, timestep, states, watch);
        });
        for (const name of reference.names(`out.unet.${size}.`)) {
          const layer = name === 'sample' ? 'conv_out' : name;
          await reference.check(`out.unet.${size}.${name}`, (await watch.values.get(layer)) ?? []);
        }
      }
      expect(reference.unchecked('out.unet.')).toEqual([]);
    });

    it('encodes and decodes pictures, with every block', async () => {
      using vae = await loading('vae', STEM, (weights) =>
        AutoencoderKL.load(device, parseVaeConfig(config('vae')), weights),
      );
      const [image, latent, quiet, noise] = await Promise.all(
        ['image', 'latent', 'quiet_latent', 'posterior_noise'].map((name) =>
          reference.tensor(device, `in.vae.${name}`),
        ),
      );
      const check = async (prefix: string, values: ReadonlyMap<string, Promise<ArrayLike<number>>>) => {
        for (const name of reference.names(`out.vae.${prefix}.`))
          await reference.check(`out.vae.${prefix}.${name}`, (await values.get(name)) ?? []);
      };
      const without = (part: string, watch: Watch) =>
        new Map([...watch.values].map(([name, value]) => [name.replace(`${part}.`, ''), value]));

      const encoding = new Watch();
      device.run(() => {
        const posterior = vae.encode(image, encoding);
        encoding.observe('mean', posterior.mean);
        encoding.observe('logvar', posterior.logVariance);
        encoding.observe('std', posterior.deviation);
        encoding.observe('sample', samplePosterior(posterior, noise));
      });
      await check('encode', without('encoder', encoding));

      for (const [prefix, input] of [
        ['decode', latent],
        ['decode_quiet', quiet],
      ] as const) {
        const decoding = new Watch();
        device.run(() => decoding.observe('sample', vae.decode(input, decoding)));
        await check(prefix, without('decoder', decoding));
      }
      expect(reference.unchecked('out.vae.')).toEqual([]);
    });
  },
  paths,
  { heavy: true },
);
