"""Trains the UNet and the text encoder."""

import math
import time

import torch
import torch.nn.functional as F
from torch import nn

from captions import encode_caption
from judge import short
from networks import build_scheduler, build_text_encoder, build_unet
from optimizing import learning_rate, record
from sampling import evaluate
from vae import encode_pictures


def text_states(text_encoder, ids):
    """The same as text_encoder(input_ids=ids).last_hidden_state, written out.

    The library's forward also looks for the end token to pool there, which can make the processor wait
    for the GPU; such a step can't be recorded as a CUDA graph.
    """

    def parts(name):
        return [module for path, module in text_encoder.named_modules() if path.endswith("." + name)]

    heads = text_encoder.config.num_attention_heads
    table = parts("token_embedding")[0].weight
    chosen = (ids[..., None] == torch.arange(len(table), device=ids.device)).to(table.dtype)
    x = chosen @ table + parts("position_embedding")[0].weight
    names = ("layer_norm1", "q_proj", "k_proj", "v_proj", "out_proj", "layer_norm2", "fc1", "fc2")
    for norm1, query, key, value, out, norm2, fc1, fc2 in zip(*map(parts, names)):
        h = norm1(x)
        q, k, v = (layer(h).unflatten(-1, (heads, -1)).transpose(1, 2) for layer in (query, key, value))
        x = x + out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        h = fc1(norm2(x))
        x = x + fc2(h * torch.sigmoid(1.702 * h))
    final = [module for path, module in text_encoder.named_modules() if path.split(".")[-1] == "final_layer_norm"]
    return final[0](x)


def train_diffusion(args, vae, rows, tokens, log):
    """Trains UNet and text encoder together and returns them with the running averages of their weights."""
    device, cuda = args.device, args.device == "cuda"
    start = time.time()
    latents = torch.cat([encode_pictures(vae, part).half() for part in rows.split(65536)]) * vae.config.scaling_factor
    deviation = latents[:20_000].float().std().item()
    log(f"latents {tuple(latents.shape)} deviation {deviation:.4f} {time.time() - start:.0f} s")
    checks = min(4096, len(latents) // 10)  # the last few are kept for the check loss
    unet, text_encoder = build_unet().to(device), build_text_encoder().to(device)
    mean_unet, mean_text = build_unet().to(device).eval(), build_text_encoder().to(device).eval()
    with torch.no_grad():
        ids = tokens[:64].long()
        difference = (text_states(text_encoder, ids) - text_encoder(input_ids=ids).last_hidden_state).abs().max().item()
    log(f"text_states differs from the text encoder by {difference:.1e}")
    assert difference < 1e-2
    # The optimizer works on float32 master weights, the networks compute with bfloat16 copies of them.
    models = nn.ModuleList([unet, text_encoder])
    master = [parameter.detach().clone() for parameter in models.parameters()]
    average = [parameter.detach() for parameter in nn.ModuleList([mean_unet, mean_text]).parameters()]
    torch._foreach_copy_(average, master)
    if cuda:
        models.to(torch.bfloat16)
    dtype = torch.bfloat16 if cuda else torch.float32
    weights = list(models.parameters())
    for parameter in master:
        parameter.grad = torch.zeros_like(parameter)
    rate = torch.tensor(0.0, device=device) if cuda else 0.0
    optimizer = torch.optim.AdamW(master, lr=rate, betas=(0.9, 0.99), weight_decay=0.01, fused=cuda, capturable=cuda)
    alphas = build_scheduler().alphas_cumprod.to(device)
    nothing = torch.tensor(encode_caption(""), device=device)
    running, last = torch.zeros((), device=device), torch.zeros((), device=device)

    def make_batch(index):
        clean = latents[index].float()
        time_step = torch.randint(1000, (len(index),), device=device)
        noise = torch.randn_like(clean)
        a = alphas[time_step].sqrt().view(-1, 1, 1, 1)
        s = (1 - alphas[time_step]).sqrt().view(-1, 1, 1, 1)
        return a * clean + s * noise, time_step, a * noise - s * clean

    def train_step():
        index = torch.randint(len(latents) - checks, (args.batch,), device=device)
        noisy, time_step, target = make_batch(index)
        drop = torch.rand(args.batch, 1, device=device) < args.drop_caption
        hidden = text_states(text_encoder, torch.where(drop, nothing, tokens[index].long()))
        output = unet(noisy.to(dtype), time_step, encoder_hidden_states=hidden).sample
        loss = F.mse_loss(output.float(), target)
        for weight in weights:
            weight.grad = None
        loss.backward()
        with torch.no_grad():
            torch._foreach_copy_([parameter.grad for parameter in master], [weight.grad for weight in weights])
            nn.utils.clip_grad_norm_(master, 1.0)
            optimizer.step()
            torch._foreach_copy_(weights, master)
            torch._foreach_lerp_(average, master, 1 - args.ema)
            last.copy_(loss)
            running.add_(loss)

    def set_rate(value):
        for group in optimizer.param_groups:
            if cuda:
                group["lr"].fill_(value)
            else:
                group["lr"] = value

    def wait():
        if cuda:
            torch.cuda.synchronize()

    check_index = torch.arange(len(latents) - checks, len(latents), device=device)
    check_batch = make_batch(check_index)
    set_rate(1e-5)
    start = time.time()
    step_once = record(train_step) if cuda and args.graph else train_step
    wait()
    log(f"recorded in {time.time() - start:.1f} s")
    start = time.time()
    for _ in range(20):
        step_once()
    wait()
    seconds = (time.time() - start) / 20
    steps = int(args.minutes * 60 / seconds) if args.minutes else args.steps
    check_every = max(1, steps // args.checks)
    log(f"{seconds * 1000:.2f} ms a step, {steps} steps of {args.batch}")
    running.zero_()
    start = time.time()
    for step in range(steps):
        set_rate(learning_rate(step, steps, args.lr, min(500, steps // 4 + 1)))
        step_once()
        if step in (0, 99) or step % 1000 == 999:
            mean = running.item() / (step % 1000 + 1)
            log(f"unet {step + 1}: loss {last.item():.4f} mean {mean:.4f} {time.time() - start:.0f} s")
            if not math.isfinite(running.item()):
                raise SystemExit("the loss is not a number")
            if step % 1000 == 999:
                running.zero_()
        if step % check_every == check_every - 1:
            with torch.no_grad():
                noisy, time_step, target = check_batch
                hidden = mean_text(input_ids=tokens[check_index].long()).last_hidden_state
                output = mean_unet(noisy, time_step, encoder_hidden_states=hidden).sample
            error = (output - target).square().mean((1, 2, 3))
            quarters = [error[time_step // 250 == quarter].mean().item() for quarter in range(4)]
            scores = evaluate(vae, mean_unet, mean_text, "pair", min(256, args.evaluate), 15, 4.0, device)
            parts = ", ".join(f"{value:.4f}" for value in quarters)
            log(f"check {step + 1}: loss {error.mean().item():.5f} (quarters of the timesteps {parts}) {short(scores)}")
    wait()
    log(f"UNet and text encoder: {steps} steps of {args.batch} in {time.time() - start:.0f} s")
    return mean_unet, mean_text
