"""The vision transformer is Hugging Face's, patches are a strided convolution, and the digits are what they were."""

import numpy as np
import pytest
import torch
from torch import nn

from mha_lib.heads.reading import attention_maps
from mha_lib.vision import captions, digits, patches
from mha_lib.vision import model as vision
from mha_lib.vision.picture_questions import QuestionReader, ask_about_pairs
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

SIZES = {"num_patches": 6, "d_patch": 12, "d_model": 20, "num_heads": 4, "d_ff": 13, "num_layers": 2}


def images(b=3, height=4, width=6, channels=3):
    return np.random.default_rng(b).normal(size=(b, height, width, channels))


def loaded_from(theirs, size):
    """Return our encoder with the numbers of a Hugging Face ViTModel whose kernel is `size` pixels wide."""
    config = theirs.config
    kernel = theirs.embeddings.patch_embeddings.projection
    num_patches = theirs.embeddings.position_embeddings.shape[1] - 1
    sizes = (config.hidden_size, config.num_attention_heads, config.intermediate_size, config.num_hidden_layers)
    ours = vision.VisionEncoder(num_patches, config.num_channels * size**2, *sizes).double()
    state = theirs.state_dict()
    with torch.no_grad():
        ours.patch_embedding.weight.copy_(kernel.weight.permute(0, 2, 3, 1).flatten(1))  # channels go last
        ours.patch_embedding.bias.copy_(kernel.bias)
        ours.class_token.copy_(state["embeddings.cls_token"][0, 0])
        ours.position_embedding.copy_(state["embeddings.position_embeddings"][0])
        ours.encoder.final_norm.load_state_dict(theirs.layernorm.state_dict())
        for i, block in enumerate(ours.encoder.blocks):
            for module, names in {
                block.attention.project_qkv: ("attention.q_proj", "attention.k_proj", "attention.v_proj"),
                block.attention.project_out: ("attention.o_proj",),
                block.feed_forward.project_in: ("mlp.fc1",),
                block.feed_forward.project_out: ("mlp.fc2",),
                block.attention_norm: ("layernorm_before",),
                block.feed_forward_norm: ("layernorm_after",),
            }.items():
                module.weight.copy_(torch.cat([state[f"layers.{i}.{name}.weight"] for name in names]))
                module.bias.copy_(torch.cat([state[f"layers.{i}.{name}.bias"] for name in names]))
    return ours.eval()


def test_the_encoder_is_hugging_face_s_with_the_same_numbers():
    transformers = pytest.importorskip("transformers")
    config = transformers.ViTConfig(
        hidden_size=20,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=13,
        image_size=6,
        patch_size=2,
        num_channels=3,
        layer_norm_eps=1e-5,
    )
    theirs = shaken(transformers.ViTModel(config, add_pooling_layer=False)).eval()
    ours = loaded_from(theirs, size=2)
    pixels = images(height=6)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(pixels).permute(0, 3, 1, 2)).last_hidden_state
        assert_close(ours(torch.from_numpy(patches.patchify(pixels, 2))), expected)


def test_embedding_patches_is_a_convolution_with_a_stride():
    encoder, pixels = shaken(vision.VisionEncoder(**SIZES)), images()
    conv = nn.Conv2d(3, 20, kernel_size=2, stride=2).double()
    with torch.no_grad():
        conv.weight.copy_(encoder.patch_embedding.weight.reshape(20, 2, 2, 3).permute(0, 3, 1, 2))
        conv.bias.copy_(encoder.patch_embedding.bias)
    mapped = conv(torch.from_numpy(pixels).permute(0, 3, 1, 2))  # (b, d_model, rows, columns)
    expected = mapped.flatten(2).transpose(1, 2)
    assert_close(encoder.patch_embedding(torch.from_numpy(patches.patchify(pixels, 2))), expected)


def test_the_class_token_stands_first_and_every_place_has_its_position():
    encoder = shaken(vision.VisionEncoder(**SIZES))
    rows = torch.from_numpy(patches.patchify(images(), 2))
    tokens = encoder.embed(rows)
    for image in range(3):
        assert_close(tokens[image, 0], encoder.class_token + encoder.position_embedding[0])
        for place in range(6):
            embedded = encoder.patch_embedding.weight @ rows[image, place] + encoder.patch_embedding.bias
            assert_close(tokens[image, 1 + place], embedded + encoder.position_embedding[1 + place])


def test_patches_and_positions_permuted_alike_change_nothing():
    model = shaken(vision.VisionClassifier(num_classes=5, **SIZES)).eval()
    rows, order = torch.from_numpy(patches.patchify(images(), 2)), torch.tensor([3, 0, 5, 1, 4, 2])
    scores = model(rows)
    with torch.no_grad():
        model.encoder.position_embedding[1:] = model.encoder.position_embedding[1:][order].clone()
    assert_close(model(rows[:, order]), scores)
    assert not torch.allclose(model(rows), scores, atol=1e-3)


def test_without_positions_no_order_of_the_patches_can_be_told():
    model = shaken(vision.VisionClassifier(num_classes=5, **SIZES)).eval()
    nn.init.zeros_(model.encoder.position_embedding)
    rows = torch.from_numpy(patches.patchify(images(), 2))
    assert_close(model(rows.flip(1)), model(rows))


def test_the_classifier_reads_the_class_token_alone():
    model = shaken(vision.VisionClassifier(num_classes=5, **SIZES)).eval()
    rows = torch.from_numpy(patches.patchify(images(), 2))
    expected = model.classify(model.encoder(rows)[:, 0])
    assert_close(model(rows), expected)


@pytest.mark.parametrize(("shape", "told"), [((2, 5, 12), "6 patches, got 5"), ((2, 6, 4), "d_model = 12, got")])
def test_patches_that_do_not_fit_are_refused(shape, told):
    with pytest.raises(ValueError, match=told):
        vision.VisionEncoder(**SIZES)(torch.zeros(shape))


def test_dropout_acts_on_what_enters_the_encoder():
    encoder = vision.VisionEncoder(**SIZES, dropout=0.5).train()
    nn.init.ones_(encoder.position_embedding)
    assert (encoder.embed(torch.zeros(2, 6, 12)) == 0).any()


def test_the_convnet_answers_alike_when_the_middle_of_an_empty_canvas_moves():
    net = vision.small_convnet(num_classes=5).double().eval()
    drawn = torch.zeros(1, 1, 24, 24, dtype=torch.float64)
    drawn[..., 10:14, 10:14] = torch.rand(4, 4)
    assert_close(net(drawn.roll((2, -2), (2, 3))), net(drawn))


def test_the_digits_are_all_there_and_on_one_side_each():
    train, test = digits.split_digits(np.random.default_rng(3), num_test=400)
    assert (train.images.shape, test.images.shape) == ((1397, 8, 8, 1), (400, 8, 8, 1))
    assert (train.images.min(), train.images.max(), train.images.dtype) == (0.0, 1.0, np.float32)
    both = np.concatenate([train.images, test.images]).reshape(1797, -1)
    from sklearn.datasets import load_digits

    table = load_digits().data / 16
    np.testing.assert_array_equal(np.unique(both, axis=0), np.unique(table.astype(np.float32), axis=0))
    nearest = {row.tobytes(): label for row, label in zip(table.astype(np.float32), load_digits().target, strict=True)}
    assert all(nearest[image.tobytes()] == label for image, label in zip(test.images, test.labels, strict=True))


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, -1), (-2, 1), (3, 3), (9, 0)])
def test_shifting_moves_every_pixel_and_fills_with_paper(down, right):
    pictures = images(height=5, width=4)
    expected = np.zeros_like(pictures)
    for row, column in np.ndindex(5, 4):
        if 0 <= row + down < 5 and 0 <= column + right < 4:
            expected[:, row + down, column + right] = pictures[:, row, column]
    np.testing.assert_array_equal(digits.shifted(pictures, down, right), expected)


def test_captions_name_the_digit_in_words_that_are_known():
    texts = captions.caption_digits(np.random.default_rng(0), range(10))
    assert all(name in text.split() for name, text in zip(captions.NAMES, texts, strict=True))
    ids = captions.encode_texts([*texts, captions.write(4, captions.UNSEEN), *captions.QUESTIONS])
    decoded = [[captions.VOCABULARY[i] for i in row if i] for row in ids]
    assert decoded[3] == ["[cls]", *texts[3].split()]
    assert decoded[10] == ["[cls]", *["a", "photo", "of", "a", "handwritten", "four"]]


def test_the_unseen_template_is_unseen_and_its_words_and_the_name_s_place_are_not():
    seen = [template.split() for template in captions.TEMPLATES]
    unseen = captions.UNSEEN.split()
    assert unseen not in seen
    assert set(unseen) <= {word for words in seen for word in words}
    assert unseen.index("{}") in [words.index("{}") for words in seen]


def test_a_word_that_no_caption_has_is_refused_by_name():
    with pytest.raises(ValueError, match="know no word 'purple'"):
        captions.encode_texts(["a purple seven"])


def test_the_mask_of_captions_hides_padding_from_every_query():
    ids = captions.encode_texts(["the digit one", captions.QUESTIONS[0]])
    mask = captions.words_only(ids)
    assert mask.shape == (2, 1, 1, captions.MAX_LEN)
    assert mask[0, 0, 0].tolist() == [True] * 4 + [False] * (captions.MAX_LEN - 4)


def reader():
    sizes = {"d_model": 20, "num_heads": 4, "d_ff": 13, "num_layers": 1}
    return shaken(QuestionReader(vocab_size=9, num_classes=5, num_sides=2, max_len=6, **sizes)).eval()


def test_words_ask_and_the_patches_of_both_images_answer():
    pictures = torch.randn(3, 2, 7, 20, dtype=torch.float64)
    maps = attention_maps(reader(), torch.ones(3, 6, dtype=torch.long), pictures)
    assert [tuple(weights.shape) for weights in maps] == [(3, 4, 6, 6), (3, 4, 6, 14)]


def test_the_sides_of_a_pair_can_be_told_apart():
    model, words = reader(), torch.arange(6).expand(2, 6)
    pictures = torch.randn(2, 2, 7, 20, dtype=torch.float64)
    assert not torch.allclose(model(words, pictures), model(words, pictures.flip(1)), atol=1e-3)
    nn.init.zeros_(model.side_embedding.weight)
    assert_close(model(words, pictures.flip(1)), model(words, pictures))


def test_the_answer_is_read_at_the_last_word():
    model, pictures = reader(), torch.randn(1, 2, 7, 20, dtype=torch.float64)
    words = torch.arange(6)[None]
    changed = words.clone()
    changed[0, -1] = 8
    assert not torch.allclose(model(words, pictures), model(changed, pictures), atol=1e-3)


def test_an_answer_is_what_the_image_on_the_asked_side_shows():
    labels = np.array([3, 1, 4, 1, 5, 9])
    pairs, asked, answers = ask_about_pairs(np.random.default_rng(0), labels, 200)
    assert {int(side) for side in asked} == {0, 1}
    for pair, side, answer in zip(pairs, asked, answers, strict=True):
        assert labels[pair[side]] == answer
