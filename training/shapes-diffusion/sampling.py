"""Draws pictures with the trained networks."""

import random

import torch

from captions import describe, encode_caption
from judge import judge
from networks import build_scheduler
from scenes import sample_scene


@torch.no_grad()
def denoise(unet, text_encoder, ids, latents, steps, guidance):
    """DDIM with classifier-free guidance. Returns the latents after each step and the first step's predictions."""
    scheduler = build_scheduler()
    scheduler.set_timesteps(steps)
    nothing = torch.tensor(encode_caption(""), device=ids.device).expand_as(ids)
    hidden = text_encoder(input_ids=torch.cat([nothing, ids])).last_hidden_state
    trail, first = [], None
    for t in scheduler.timesteps:
        output = unet(torch.cat([latents, latents]), t.to(latents.device), encoder_hidden_states=hidden).sample
        without, given = output.chunk(2)
        if first is None:
            first = {"hidden_uncond": hidden[:1], "hidden_cond": hidden[len(ids) :]}
            first.update({"v_uncond": without, "v_cond": given})
        latents = scheduler.step(without + guidance * (given - without), t, latents).prev_sample
        trail.append(latents)
    return trail, first


@torch.no_grad()
def draw(vae, unet, text_encoder, captions, steps, guidance, device, seed=0, batch=256):
    """Pictures [n, 3, 64, 64] in 0..1 for captions."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(captions), 4, 16, 16, generator=generator).to(device)
    ids = torch.tensor([encode_caption(caption) for caption in captions], device=device)
    pictures = []
    for some_ids, some_noise in zip(ids.split(batch), noise.split(batch)):
        latents = denoise(unet, text_encoder, some_ids, some_noise, steps, guidance)[0][-1]
        pictures.append(vae.decode(latents / vae.config.scaling_factor).sample / 2 + 0.5)
    return torch.cat(pictures).clamp(0, 1)


def evaluate(vae, unet, text_encoder, split, count, steps, guidance, device, seed=0):
    rng = random.Random(1234)
    scenes = [sample_scene(rng, split) for _ in range(count)]
    captions = [describe(rng, scene, complete=True) for scene in scenes]
    return judge(scenes, draw(vae, unet, text_encoder, captions, steps, guidance, device, seed))
