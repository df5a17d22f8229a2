"""What the recipes of adversarial networks share: their lives in frames, moving averages, several processes.

The exhibit of a release, which the recipe writes as it trains:

`exhibit/frames.webp`: one sheet of frames, `columns` of them to a row, in order. A frame is `grid` by `grid` pictures
of `side` pixels without gaps, row by row: what the generator makes of the 36 codes that are `inputs` of
`golden.safetensors`, in their order. (Of a CycleGAN, see `training/cyclegan.py`.)

`exhibit/training.json`:

    {"columns": 8, "side": 28, "grid": 6, "channels": 1,        how the sheet is laid out
     "round": {"discriminator": 1, "generator": 1},             updates of each network in one step
     "losses": {"generator": "...", "discriminator": "..."},    what each loss is, a sentence
     "scores": "logit" or "critic",                             sigmoid(logit) is D; a critic's score has no scale
     "average": 0.999 or null,                                  decay of the generator's average, which the frames show
     "classifier": "lenet.mnist@v2", "labels": ["0", ...],
     "frames": [{"step": 0,                                     0, 1, 2, ... round(2^(k/4)), the last one
                 "seconds": 0.0,                                of training until then
                 "generator_loss": null, "discriminator_loss": null,     means since the frame before; null at step 0
                 "real_score": 0.02, "fake_score": -0.01,       mean score of 256 training pictures, and of 256 samples
                 "gradient_norm": 0.31,                         mean norm of the score's gradient with respect to the
                                                                picture (pixels in 0..1), at 256 random mixtures of a
                                                                real and a generated picture: of every family alike
                 "shares": [0.1, ...]}]}                        of 1,000 samples, by the classifier, in `labels`' order

`exhibit/quality.json`: `training/_quality.py` says what it holds.

A number that is not finite is null. Losses, scores and shares are of the networks at that step, the generator's
average included where there is one.
"""
