"""The tokenizer as files."""

import json
import os
import random

from transformers import PreTrainedTokenizerFast

from captions import MAX_TOKENS, PAD, SPECIAL_TOKENS, VOCABULARY, describe, encode_caption
from scenes import sample_scene


def write_tokenizer(folder):
    """Writes tokenizer.json and tokenizer_config.json: whole words, lower case, 20 tokens."""
    os.makedirs(folder, exist_ok=True)
    special = [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"SpecialToken": {"id": "<eos>", "type_id": 0}}]
    sequence = {"Sequence": {"id": "A", "type_id": 0}}
    tokenizer = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": MAX_TOKENS},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": PAD,
            "pad_type_id": 0,
            "pad_token": "<pad>",
        },
        "added_tokens": [
            {
                "id": index,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for index, token in enumerate(SPECIAL_TOKENS)
        ],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special[0], sequence, special[1]],
            "pair": [special[0], sequence, special[1], {"Sequence": {"id": "B", "type_id": 1}}, special[1]],
            "special_tokens": {
                token: {"id": token, "ids": [VOCABULARY[token]], "tokens": [token]} for token in ("<bos>", "<eos>")
            },
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": VOCABULARY, "unk_token": "<unk>"},
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
        "padding_side": "right",
        "clean_up_tokenization_spaces": False,
    }
    for name, content in (("tokenizer.json", tokenizer), ("tokenizer_config.json", config)):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")


def check_tokenizer(folder):
    """The written tokenizer must give the ids that training uses."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    rng = random.Random(5)
    captions = [describe(rng, sample_scene(rng)) for _ in range(500)] + ["", "A Red HEART", "a red dog"]
    ids = tokenizer(captions, padding="max_length", max_length=MAX_TOKENS, truncation=True).input_ids
    assert ids == [encode_caption(caption) for caption in captions], "tokenizer.json disagrees with the training ids"
