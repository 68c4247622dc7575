"""The model as a folder of diffusers."""

import json
import os

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast

from networks import build_scheduler
from tokenizer_files import write_tokenizer


def save_pipeline(folder, vae, unet, text_encoder):
    """Writes the pipeline in the diffusers layout with float16 weights."""
    for model in (vae, unet, text_encoder):
        model.to("cpu", torch.float16)
        for parameter in model.parameters():
            parameter.data = parameter.data.contiguous()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(os.path.join(folder, "tokenizer"))
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)
    write_tokenizer(os.path.join(folder, "tokenizer"))  # keep the plain files
    # Text encoders' weights have always been named text_model.…; transformers 5 reads that but leaves it out.
    path = os.path.join(folder, "text_encoder", "model.safetensors")
    tensors = {"text_model." + name.removeprefix("text_model."): tensor for name, tensor in load_file(path).items()}
    save_file(tensors, path, metadata={"format": "pt"})
    # Name the tokenizer's class as every version of the library knows it, and leave out where parts came from.
    for name in ("model_index.json", "vae/config.json", "unet/config.json"):
        path = os.path.join(folder, name)
        with open(path) as file:
            content = json.load(file)
        content.pop("_name_or_path", None)
        if "tokenizer" in content:
            content["tokenizer"] = ["transformers", "PreTrainedTokenizerFast"]
        with open(path, "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
