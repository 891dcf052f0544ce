"""Transfer learning within scikit-learn: a classifier, a regressor, and a transformer to features."""

from tlzoo.sklearn.classifier import TransferClassifier
from tlzoo.sklearn.feature_extractor import FeatureExtractor
from tlzoo.sklearn.regressor import TransferRegressor

__all__ = ["FeatureExtractor", "TransferClassifier", "TransferRegressor"]
