import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { resizeBicubic, type Tensor, tensor } from '@wick/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import {
  alphaCumprod,
  evenLevels,
  levelEmbedding,
  noiseMixture,
  openWuerstchen,
  WuerstchenPipeline,
  wuerstchenSteps,
} from '../../src/index.js';
import { fileFolder } from '../../src/node.js';
import { Reference, Watch } from '../diffusion/reference.js';

const FIXTURE = 'fixtures/wuerstchen-tiny';

describeShared('wuerstchen-tiny', () => {});
