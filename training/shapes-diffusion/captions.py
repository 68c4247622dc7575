"""The words for scenes: a small fixed grammar, and captions as token ids."""

from scenes import BACKGROUND_NAMES, COLOUR_NAMES, SHAPES

SIZE_WORDS = {"small": ["small", "small", "tiny"], "large": ["large", "large", "big"]}
RELATION_WORDS = {
    "above": ["above", "above", "over"],
    "below": ["below", "below", "under"],
    "left": ["left of", "to the left of"],
    "right": ["right of", "to the right of"],
}
MAX_TOKENS = 20
SPECIAL_TOKENS = ["<pad>", "<bos>", "<unk>", "<eos>"]
PAD, BOS, UNK, EOS = range(4)
WORDS = (
    SHAPES
    + COLOUR_NAMES
    + ["gray", "grey", "light", "dark"]
    + ["small", "tiny", "large", "big"]
    + ["above", "over", "below", "under", "left", "right", "of", "to", "the", "and", "next", "beside"]
    + ["a", "an", "on", "with", "background"]
)
VOCABULARY = {word: index for index, word in enumerate(SPECIAL_TOKENS + WORDS)}


def describe(rng, scene, complete=False):
    """Writes a caption for a scene. With `complete` everything is said, in the plainest words."""
    articles = complete or rng.random() < 0.85

    def noun_phrase(item):
        words = []
        if item["size"] in SIZE_WORDS and (complete or rng.random() < 0.9):
            words.append(item["size"] if complete else rng.choice(SIZE_WORDS[item["size"]]))
        if complete or rng.random() < 0.93:
            words.append(COLOUR_NAMES[item["colour"]])
        words.append(SHAPES[item["shape"]])
        if articles:
            words.insert(0, "an" if words[0][0] in "aeiou" else "a")
        return words

    words = noun_phrase(scene["objects"][0])
    relation = scene["relation"]
    if relation:
        phrase = {"left": "to the left of", "right": "to the right of"}.get(relation, relation)
        if not complete:
            phrase = rng.choice(RELATION_WORDS[relation])
            if rng.random() < 0.1:
                phrase = "and"
            elif relation in ("left", "right") and rng.random() < 0.1:
                phrase = rng.choice(["next to", "beside"])
        words += phrase.split() + noun_phrase(scene["objects"][1])
    if complete or rng.random() < 0.65:
        name = BACKGROUND_NAMES[scene["background"]]
        if not complete and name == "gray" and rng.random() < 0.3:
            name = "grey"
        article = "an" if name[0] in "aeiou" else "a"
        form = 0 if complete else rng.choices((0, 1, 2), (0.6, 0.2, 0.2))[0]
        words += [f"on {article} {name} background", f"on {name}", f"with {article} {name} background"][form].split()
    return " ".join(words)


def encode_caption(caption):
    """Token ids of a caption, padded to MAX_TOKENS; the same as the written tokenizer gives."""
    ids = [VOCABULARY.get(word, UNK) for word in caption.lower().split()][: MAX_TOKENS - 2]
    return [BOS, *ids, EOS] + [PAD] * (MAX_TOKENS - 2 - len(ids))


def blur_caption(rng, ids):
    """Now and then hides a word behind <unk> or puts an <unk> in, so that unknown words do little harm."""
    end = ids.index(EOS)
    if rng.random() < 0.04:
        ids[rng.randrange(1, end)] = UNK
    elif rng.random() < 0.03 and end < MAX_TOKENS - 1:
        ids.insert(rng.randrange(1, end + 1), UNK)
        ids.pop()
    return ids
