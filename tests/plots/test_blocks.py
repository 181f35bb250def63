"""The drawings of blocks and of models say what the code does."""

from mha_lib import plots
from mha_lib.nn import EncoderClassifier


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_each_kind_of_block_has_two_layers_two_norms_and_two_sums():
    for ax in plots.show_norm_places():
        assert sorted(texts(ax)) == sorted(["x", "+", "+", "LayerNorm", "LayerNorm", "attention", "feed-forward"])


def test_norms_stand_on_the_stream_after_the_layer_only_if_it_is_post_norm():
    places = [
        {text.get_position()[0] for text in ax.texts if text.get_text() == "LayerNorm"}
        for ax in plots.show_norm_places()
    ]
    assert places == [{1.4}, {0.55}]


def test_a_model_is_drawn_part_by_part_with_its_numbers():
    model = EncoderClassifier(11, 2, d_model=4, num_heads=2, d_ff=8, num_layers=2, max_len=5)
    boxes = [text.split()[0] for text in texts(plots.show_modules(model)) if text != "+"]
    assert boxes == [
        *("token_embedding", "position_embedding", "encoder.blocks.0", "encoder.blocks.1"),
        *("encoder.final_norm", "classify"),
    ]


def test_the_numbers_in_the_boxes_are_all_that_the_model_learns():
    model = EncoderClassifier(11, 2, d_model=4, num_heads=2, d_ff=8, num_layers=3, max_len=5)
    numbers = [int(text.split()[1].replace(",", "")) for text in texts(plots.show_modules(model)) if text != "+"]
    assert sum(numbers) == sum(parameter.numel() for parameter in model.parameters())


def test_embeddings_are_added_and_not_chained():
    model = EncoderClassifier(11, 2, d_model=4, num_heads=2, d_ff=8, num_layers=1, max_len=5)
    assert texts(plots.show_modules(model)).count("+") == 1
