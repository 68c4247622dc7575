"""Reference tensors and pictures for checking another implementation."""

import json
import os
import random

import diffusers
import numpy as np
import safetensors
import tokenizers
import torch
import transformers
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

from captions import MAX_TOKENS, encode_caption
from drawing import render
from networks import build_scheduler
from samples import to_image
from sampling import denoise
from scenes import sample_scene, scene_row

REFERENCE_PROMPTS = [
    ("a small red circle above a large blue square on a white background", 1),
    ("a green star", 2),
    ("a yellow heart to the left of a purple ring on a black background", 3),
]


def write_reference(folder, log, steps=15, guidance=4.0):
    """Writes reference.safetensors, reference.json and pictures, computed from the stored float16 weights
    in float32 on the CPU, and how far float64 and float16 arithmetic come out from them."""
    pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, safety_checker=None)
    vae, unet, text_encoder, tokenizer = pipeline.vae, pipeline.unet, pipeline.text_encoder, pipeline.tokenizer
    for model in (vae, unet, text_encoder):
        model.eval()
    prompts = [prompt for prompt, _ in REFERENCE_PROMPTS]
    ids = torch.tensor(tokenizer(prompts, padding="max_length", max_length=MAX_TOKENS, truncation=True).input_ids)
    noise = torch.cat(
        [torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(seed)) for _, seed in REFERENCE_PROMPTS]
    )
    rng = random.Random(11)
    source = render(torch.tensor([scene_row(sample_scene(rng, "pair"))]))

    @torch.no_grad()
    def compute(dtype, device="cpu"):
        for model in (vae, unet, text_encoder):
            model.to(device, dtype)
        tensors = {"initial_latents": noise.to(device, dtype)}
        each = zip(ids.to(device).split(1), tensors["initial_latents"].split(1))
        trails, firsts = zip(*(denoise(unet, text_encoder, i, x, steps, guidance) for i, x in each))
        for key in firsts[0]:
            tensors[key] = firsts[0][key] if key == "hidden_uncond" else torch.cat([first[key] for first in firsts])
        tensors["latents"] = torch.stack([torch.cat(trail) for trail in trails])
        tensors["image"] = vae.decode(tensors["latents"][:, -1] / vae.config.scaling_factor).sample
        tensors["encoder_input"] = source.to(device, dtype)
        posterior = vae.encode(tensors["encoder_input"]).latent_dist
        tensors["encoder_mean"], tensors["encoder_logvar"] = posterior.mean, posterior.logvar
        return {key: value.detach().double().cpu() for key, value in tensors.items()}

    exact = compute(torch.float64)
    half = compute(torch.float16, "cuda") if torch.cuda.is_available() else None
    result = compute(torch.float32)

    def furthest(other):
        return {key: float(f"{(other[key] - result[key]).abs().max().item():.3g}") for key in result}

    tensors = {key: value.float().contiguous() for key, value in result.items()}
    tensors["input_ids"] = ids.to(torch.int32).contiguous()
    tensors["uncond_ids"] = torch.tensor([encode_caption("")], dtype=torch.int32)
    save_file(tensors, os.path.join(folder, "reference.safetensors"))
    for i, image in enumerate(result["image"]):
        to_image(image / 2 + 0.5).save(os.path.join(folder, f"reference-{i}.png"))
    scheduler = build_scheduler()
    scheduler.set_timesteps(steps)
    ratio = 1000 // steps
    table = [
        {
            "timestep": int(t),
            "previous": int(t) - ratio,
            "alpha": scheduler.alphas_cumprod[t].item(),
            "previous_alpha": scheduler.alphas_cumprod[t - ratio].item() if t >= ratio else 1.0,
        }
        for t in scheduler.timesteps
    ]
    content = {
        "about": "Computed in float32 on the CPU from the stored float16 weights. The tensors are in "
        "reference.safetensors; where a first dimension of 3 appears it runs over the prompts.",
        "prompts": [
            {"prompt": prompt, "seed": seed, "image": f"reference-{i}.png"}
            for i, (prompt, seed) in enumerate(REFERENCE_PROMPTS)
        ],
        "input_ids": ids.tolist(),
        "uncond_ids": encode_caption(""),
        "steps": steps,
        "guidance": guidance,
        "scaling_factor": vae.config.scaling_factor,
        "tensors": {
            "input_ids": "[3, 20] token ids of the prompts, padded",
            "uncond_ids": "[1, 20] token ids of the empty prompt",
            "hidden_uncond": "[1, 20, 96] last hidden state of the text encoder for the empty prompt",
            "hidden_cond": "[3, 20, 96] last hidden states for the prompts",
            "initial_latents": "[3, 4, 16, 16] the starting noise (torch CPU generator with each prompt's seed)",
            "v_uncond": "[3, 4, 16, 16] UNet output (v-prediction) at the first timestep for the empty prompt",
            "v_cond": "[3, 4, 16, 16] the same for the prompt; epsilon = sqrt(alpha) v + sqrt(1 - alpha) x",
            "latents": "[3, 15, 4, 16, 16] latents after each step",
            "image": "[3, 3, 64, 64] decoder output for latents[:, -1] / scaling_factor, before clamping; "
            "picture = value / 2 + 0.5",
            "encoder_input": "[1, 3, 64, 64] a drawn picture in -1..1",
            "encoder_mean": "[1, 4, 16, 16] mean of the VAE's posterior for it, not multiplied by scaling_factor",
            "encoder_logvar": "[1, 4, 16, 16] logarithm of the posterior's variance",
        },
        "guided": "v = v_uncond + guidance * (v_cond - v_uncond)",
        "update": "x0 = sqrt(alpha) x - sqrt(1 - alpha) v; eps = sqrt(alpha) v + sqrt(1 - alpha) x; "
        "x = sqrt(previous_alpha) x0 + sqrt(1 - previous_alpha) eps",
        "schedule": table,
        "tolerances": {
            "about": "suggested largest absolute differences, for arithmetic in float32 and in float16",
            "float32": {
                "hidden_uncond": 1e-4,
                "hidden_cond": 1e-4,
                "v_uncond": 1e-4,
                "v_cond": 1e-4,
                "latents": 1e-3,
                "image": 1e-3,
                "encoder_mean": 1e-3,
                "encoder_logvar": 1e-3,
            },
            "float16": {
                "hidden_uncond": 0.02,
                "hidden_cond": 0.02,
                "v_uncond": 0.02,
                "v_cond": 0.02,
                "latents": 0.2,
                "image": 0.1,
                "encoder_mean": 0.03,
                "encoder_logvar": 0.06,
            },
        },
        "largest_difference_of_float64": furthest(exact),
        "largest_difference_of_float16_on_gpu": furthest(half) if half else None,
        "versions": {
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
            "safetensors": safetensors.__version__,
            "numpy": np.__version__,
        },
    }
    with open(os.path.join(folder, "reference.json"), "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    log(f"float64 differs by {content['largest_difference_of_float64']}")
    log(f"float16 differs by {content['largest_difference_of_float16_on_gpu']}")
    # The ready-made pipeline must come to the same picture.
    for model in (vae, unet, text_encoder):
        model.to("cpu", torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    again = pipeline(
        prompts, latents=noise, num_inference_steps=steps, guidance_scale=guidance, output_type="pt"
    ).images
    wanted = (tensors["image"] / 2 + 0.5).clamp(0, 1)
    log(f"StableDiffusionPipeline's picture differs by {(again - wanted).abs().max().item():.2e}")
