"""How good a generator is: Fréchet distance, precision, recall and coverage, in the features of a classifier of the zoo.

Pictures come in as uint8 N×C×H×W, whatever made them; numbers go out. 10,000 samples against the 10,000 test pictures.

`measure_quality` gives what a release keeps as `exhibit/quality.json`:

    {"classifier": "lenet.mnist@v2", "classifier_digest": "<sha256>", "features": 84,
     "data": "mnist", "split": "test", "samples": 10000, "neighbours": 3,
     "frechet": 1.23,                   of the samples (seed 0) to the test pictures
     "frechet_by_seed": [1.23, 1.21, 1.25],      the same generator, three draws of 10,000 codes
     "frechet_floor": 0.12,             between two halves of the test pictures, 5,000 each
     "frechet_of_training": 0.05,       10,000 training pictures in the samples' place: what a perfect copyist gets
     "precision": 0.9, "recall": 0.8,   Kynkäänniemi et al. 2019, k = 3
     "precision_of_training": 0.95, "recall_of_training": 0.95,
     "entropy": 0.995,                  of the classes' shares, as a share of that of uniform ones
     "classes": [{"label": "0", "share": 0.1, "real_share": 0.098}, ...],
     "nearest": [{"sample": 0, "train": 31415, "distance": 2.1}, ...],     the 36 golden codes' pictures: index of the
                                        nearest training picture in feature space, and how far it is
     "nearest_typical": 2.3}            median of that distance for 1,000 test pictures: nearer than that is a copy's sign
"""
