"""scikit-learn estimators: a classifier, a regressor, and a feature transformer."""

from tlzoo.sklearn.classifier import TransferClassifier
from tlzoo.sklearn.feature_extractor import FeatureExtractor
from tlzoo.sklearn.regressor import TransferRegressor

__all__ = ["FeatureExtractor", "TransferClassifier", "TransferRegressor"]
