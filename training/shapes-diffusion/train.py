"""Trains a miniature latent text-to-image diffusion model on pictures of simple shapes.

Everything is made here: the captions come from a small fixed grammar, the pictures are drawn from
signed distance fields, and three small networks are trained from scratch:

    VAE            AutoencoderKL            64x64 RGB picture  <->  16x16x4 latent
    text encoder   CLIPTextModel            caption of at most 20 tokens -> 20 hidden states
    UNet           UNet2DConditionModel     noisy latent, timestep, hidden states -> v-prediction

The result is written in the diffusers folder layout of a Stable Diffusion pipeline, with float16
weights, next to reference tensors for checking another implementation and a grid of samples.

    python train.py --output shapes-diffusion

What the modules beside this one hold is in README.md.

A full run takes about thirteen minutes on one H100; `--device cpu` with small step counts is enough
to try the code.
"""

import argparse
import os
import random
import time

import diffusers
import torch
from diffusers import AutoencoderKL

from captions import MAX_TOKENS, VOCABULARY, encode_caption
from diffusion import train_diffusion
from drawing import render
from examples import make_pool
from judge import judge, short
from pipeline_files import save_pipeline
from reference import write_reference
from samples import grid_captions, save_grid
from sampling import draw, evaluate
from scenes import PIXELS, sample_scene, scene_row
from tokenizer_files import check_tokenizer, write_tokenizer
from vae import measure_vae, train_vae


def count_macs(function):
    """Multiply-accumulates of the matrix products, convolutions and attention that a call runs."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        function()
    return counter.get_total_flops() // 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="shapes-diffusion", help="folder for the pipeline")
    parser.add_argument("--examples", type=int, default=1_000_000, help="size of the training set")
    parser.add_argument("--vae-steps", type=int, default=5000)
    parser.add_argument("--vae-batch", type=int, default=256)
    parser.add_argument("--vae-lr", type=float, default=2e-3)
    parser.add_argument("--kl", type=float, default=5e-4, help="weight of the VAE's KL term")
    parser.add_argument("--vae", help="take the VAE from this folder instead of training one")
    parser.add_argument("--steps", type=int, default=20_000, help="training steps of UNet and text encoder")
    parser.add_argument("--minutes", type=float, help="train UNet and text encoder for about this long instead")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--ema", type=float, default=0.9995, help="decay of the running average of the weights")
    parser.add_argument("--drop-caption", type=float, default=0.12, help="share of captions left empty in training")
    parser.add_argument("--checks", type=int, default=5, help="how often the average is checked on the way")
    parser.add_argument("--evaluate", type=int, default=1024, help="pictures per evaluation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--no-compile", dest="compile", action="store_false", help="VAE without torch.compile")
    parser.add_argument("--no-graph", dest="graph", action="store_false", help="UNet without a CUDA graph")
    args = parser.parse_args()

    os.makedirs(args.output, exist_ok=True)
    diffusers.logging.set_verbosity_error()
    begin = time.time()

    def log(text):
        print(f"[{time.time() - begin:6.1f}] {text}", flush=True)

    write_tokenizer(os.path.join(args.output, "tokenizer"))
    check_tokenizer(os.path.join(args.output, "tokenizer"))
    rows, tokens = make_pool(args.examples, args.seed)
    log(f"{len(rows)} examples, {len(VOCABULARY)} words")
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    device = args.device
    rows, tokens = rows.to(device), tokens.to(device)

    fresh = random.Random(99)
    new_scenes = [sample_scene(fresh, "pair") for _ in range(args.evaluate)]
    new_rows = torch.tensor([scene_row(scene) for scene in new_scenes], device=device)
    log(f"judge on the drawn pictures: {short(judge(new_scenes, render(new_rows) / 2 + 0.5))}")

    if args.vae:
        vae = AutoencoderKL.from_pretrained(args.vae, torch_dtype=torch.float32).to(device).eval()
    else:
        vae, seconds = train_vae(args, rows, log)
        log(f"VAE trained in {seconds:.0f} s")
        vae.save_pretrained(os.path.join(args.output, "vae"))
    log(f"VAE scaling factor {vae.config.scaling_factor}, {measure_vae(vae, new_rows)}")
    with torch.no_grad():
        copies = vae.decode(vae.encode(render(new_rows)).latent_dist.mode()).sample.clamp(-1, 1) / 2 + 0.5
    log(f"judge on the VAE's copies: {short(judge(new_scenes, copies))}")

    unet, text_encoder = train_diffusion(args, vae, rows, tokens, log)
    save_pipeline(args.output, vae, unet, text_encoder)

    # From here on everything uses the stored float16 weights, in float32.
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    for model in (vae, unet, text_encoder):
        model.to(device, torch.float32).eval()
    latent, hidden = torch.randn(1, 4, 16, 16, device=device), torch.randn(1, MAX_TOKENS, 96, device=device)
    ids = torch.tensor([encode_caption("")], device=device)
    picture = torch.randn(1, 3, PIXELS, PIXELS, device=device)
    step = torch.tensor(5, device=device)
    for name, model, call in (
        ("unet", unet, lambda: unet(latent, step, encoder_hidden_states=hidden)),
        ("text encoder", text_encoder, lambda: text_encoder(input_ids=ids)),
        ("vae encoder", vae, lambda: vae.encode(picture)),
        ("vae decoder", vae, lambda: vae.decode(latent)),
    ):
        log(f"{name}: {sum(p.numel() for p in model.parameters())} parameters, {count_macs(call)} multiply-accumulates")

    captions = grid_captions()
    pictures = draw(vae, unet, text_encoder, captions, 15, 4.0, device)
    save_grid(os.path.join(args.output, "samples.png"), captions, pictures)
    write_reference(args.output, log)

    def report(split, count, steps, guidance):
        scores = evaluate(vae, unet, text_encoder, split, count, steps, guidance, device)
        log(f"{split}, {steps} steps, guidance {guidance}: {short(scores)}")

    for split in ("single", "pair", "held-out"):
        report(split, args.evaluate, 15, 4.0)
    for guidance in (1.0, 2.0, 3.0, 5.0, 7.0):
        report("pair", args.evaluate // 2, 15, guidance)
    for steps in (5, 8, 10, 20, 50):
        report("pair", args.evaluate // 2, steps, 4.0)
    log("done")


if __name__ == "__main__":
    main()
