"""Chapter 20. Vision: an encoder that reads an image as a sequence of patches."""

import torch
from torch import nn

from mha_lib.encoder.blocks import Encoder
from mha_lib.heads.layers import check_tokens, checked_rate

INITIAL_SCALE = 0.02  # of the class token and the positions


class VisionEncoder(nn.Module):
    """An encoder of patches, with a class token in front.

    patches: (b, n, d_patch), as `mha_lib.patchify` cuts them  ->  (b, 1 + n, d_model)

    Every patch goes through one linear layer, a learned vector stands before them all, and every one of the 1 + n
    places has a learned position of its own. Nothing says which patches touch.
    Raises ValueError for patches of another width or number: the others would have no position.
    Source: Dosovitskiy et al., 2021, eqs. 1 to 3.

    >>> sizes = {"d_model": 12, "num_heads": 3, "d_ff": 24, "num_layers": 1}
    >>> VisionEncoder(num_patches=16, d_patch=4, **sizes)(torch.zeros(2, 16, 4)).shape
    torch.Size([2, 17, 12])
    """

    def __init__(self, num_patches, d_patch, d_model, num_heads, d_ff, num_layers, dropout=0.0):
        super().__init__()
        self.patch_embedding = nn.Linear(d_patch, d_model)
        self.class_token = nn.Parameter(INITIAL_SCALE * torch.randn(d_model))
        self.position_embedding = nn.Parameter(INITIAL_SCALE * torch.randn(1 + num_patches, d_model))
        self.dropout = nn.Dropout(checked_rate(dropout))
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, dropout)

    def forward(self, patches):
        """Return a vector for the class token and for each patch: (b, 1 + n, d_model)."""
        return self.encoder(self.embed(patches))

    def embed(self, patches):
        """Return what enters the encoder: (b, n, d_patch) -> (b, 1 + n, d_model)."""
        check_tokens("patches", patches, self.patch_embedding.in_features)
        num_patches = len(self.position_embedding) - 1
        if patches.shape[1] != num_patches:
            raise ValueError(f"this model has positions for {num_patches} patches, got {patches.shape[1]}")
        first = self.class_token.expand(len(patches), 1, -1)
        tokens = torch.cat([first, self.patch_embedding(patches)], dim=1)
        return self.dropout(tokens + self.position_embedding)


class VisionClassifier(nn.Module):
    """A vision transformer (ViT): an encoder of patches whose class token names what the image shows.

    patches: (b, n, d_patch)  ->  scores (b, num_classes), before softmax

    Source: Dosovitskiy et al., 2021, eqs. 1 to 4.

    >>> sizes = {"d_model": 12, "num_heads": 3, "d_ff": 24, "num_layers": 1}
    >>> VisionClassifier(num_classes=10, num_patches=16, d_patch=4, **sizes)(torch.zeros(2, 16, 4)).shape
    torch.Size([2, 10])
    """

    def __init__(self, num_classes, num_patches, d_patch, d_model, num_heads, d_ff, num_layers, dropout=0.0):
        super().__init__()
        self.encoder = VisionEncoder(num_patches, d_patch, d_model, num_heads, d_ff, num_layers, dropout)
        self.classify = nn.Linear(d_model, num_classes)

    def forward(self, patches):
        """Return one score a class for each image: (b, num_classes)."""
        return self.classify(self.encoder(patches)[:, 0])


def small_convnet(num_classes, num_channels=1, width=32):
    """Return a small convolutional network: three layers of 3 x 3 kernels, one pooling, a mean over all places.

    images: (b, num_channels, height, width), channels first  ->  scores (b, num_classes)

    Its kernels are the same at every place, and the mean at the end forgets the place: both are built in, not learned.

    >>> small_convnet(num_classes=10)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """
    return nn.Sequential(
        nn.Conv2d(num_channels, width // 2, kernel_size=3, padding=1),
        nn.GELU(),
        nn.Conv2d(width // 2, width, kernel_size=3, padding=1),
        nn.GELU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, width, kernel_size=3, padding=1),
        nn.GELU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, num_classes),
    )
