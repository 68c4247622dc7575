"""Trains the autoencoder."""

import time

import torch
from torch import nn

from drawing import render
from networks import build_vae
from optimizing import autocast, learning_rate


def train_vae(args, rows, log):
    """Trains the VAE, then shifts and scales its latents to mean 0 and equal spread in every channel."""
    device = args.device
    vae = build_vae().to(device, memory_format=torch.channels_last)
    encode = torch.compile(lambda x: vae.quant_conv(vae.encoder(x)), disable=not args.compile)
    decode = torch.compile(lambda z: vae.decoder(vae.post_quant_conv(z)), disable=not args.compile)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=args.vae_lr, betas=(0.9, 0.99), weight_decay=0.01)
    start = time.time()
    for step in range(args.vae_steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args.vae_steps, args.vae_lr, 200)
        picture = render(rows[torch.randint(len(rows), (args.vae_batch,), device=device)])
        picture = picture.contiguous(memory_format=torch.channels_last)
        with autocast(device):
            mean, logvar = encode(picture).float().chunk(2, 1)
            logvar = logvar.clamp(-30, 20)
            latent = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
            output = decode(latent.contiguous(memory_format=torch.channels_last)).float()
        error = output - picture
        reconstruction = error.abs().mean()
        # Errors of the differences between neighbours: what makes edges look soft.
        edges = (error[:, :, 1:] - error[:, :, :-1]).abs().mean() + (error[..., 1:] - error[..., :-1]).abs().mean()
        divergence = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        loss = reconstruction + 0.5 * edges + args.kl * divergence
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        if step in (0, 49, 99) or step % 500 == 499 or step == args.vae_steps - 1:
            log(
                f"vae {step + 1}: L1 {reconstruction.item():.5f} edges {edges.item():.5f} "
                f"KL {divergence.item():.3f} sigma {torch.exp(0.5 * logvar).mean().item():.4f} "
                f"{time.time() - start:.0f} s"
            )
    vae.eval()
    with torch.no_grad():
        sample = encode_pictures(vae, rows[:20_000])
        mean, deviation = sample.mean((0, 2, 3)), sample.std((0, 2, 3))
        spread = deviation.square().mean().sqrt()
        log(f"latent channels: mean {mean.tolist()} deviation {deviation.tolist()}")
        # Fold the per-channel shift and scale into the 1x1 convolutions on either side of the latent.
        scale = spread / deviation
        vae.quant_conv.weight[:4] *= scale.view(-1, 1, 1, 1)
        vae.quant_conv.bias[:4] = (vae.quant_conv.bias[:4] - mean) * scale
        vae.quant_conv.bias[4:] += 2 * scale.log()
        vae.post_quant_conv.bias += vae.post_quant_conv.weight[:, :, 0, 0] @ mean
        vae.post_quant_conv.weight /= scale.view(1, -1, 1, 1)
    vae.register_to_config(scaling_factor=round(1 / spread.item(), 5))
    return vae, time.time() - start


@torch.no_grad()
def encode_pictures(vae, rows, batch=2048):
    """Latent means (not yet scaled) of rendered scenes."""
    parts = []
    for part in rows.split(batch):
        picture = render(part).contiguous(memory_format=torch.channels_last)
        with autocast(picture.device.type, torch.float16):
            parts.append(vae.quant_conv(vae.encoder(picture))[:, :4].float().contiguous())
    return torch.cat(parts)


@torch.no_grad()
def measure_vae(vae, rows):
    """Peak signal-to-noise ratio and mean absolute error (of 255) of reconstructions."""
    squared, absolute = [], []
    for part in rows.split(512):
        picture = render(part)
        output = vae.decode(vae.encode(picture).latent_dist.mode()).sample.clamp(-1, 1)
        squared.append((output - picture).square().mean((1, 2, 3)) / 4)
        absolute.append((output - picture).abs().mean((1, 2, 3)) * 127.5)
    psnr = -10 * torch.log10(torch.cat(squared))
    return {"psnr": psnr.mean().item(), "error_of_255": torch.cat(absolute).mean().item()}
