"""The allow-list itself: names that a model's pickle may use, and nothing else.

Three tables. `CALLABLES` may be called with arguments, because making an object with them does
nothing else. `VALUES` may be mentioned, but not called while loading. `FAMILIES` are the classes
of model libraries: of a listed module, derived from a listed root, and made without arguments.

A whole package is never allowed. Some classes of well-known packages run code while they are
made: a distribution of scipy.stats executes text from its state, numpy.memmap creates files.
"""

from __future__ import annotations

from dataclasses import dataclass


def _names(module: str, names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in names.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Classes that derive from one of `roots` and are defined in or below one of `modules`."""

    package: str
    modules: frozenset[str]
    roots: tuple[str, ...]


CALLABLES: frozenset[str] = frozenset().union(
    _names("builtins", "bytearray bytes complex frozenset object range set slice"),
    _names("collections", "Counter OrderedDict defaultdict deque"),
    _names("copyreg", "_reconstructor"),
    _names("_codecs", "encode"),
    _names("datetime", "date datetime time timedelta timezone"),
    _names("decimal", "Decimal"),
    _names("fractions", "Fraction"),
    _names("uuid", "UUID"),
    _names("numpy", "dtype ndarray"),
    _names("numpy.core.multiarray", "_reconstruct scalar"),
    _names("numpy._core.multiarray", "_reconstruct scalar"),
    _names("numpy.core.numeric", "_frombuffer"),
    _names("numpy._core.numeric", "_frombuffer"),
    _names("numpy.ma.core", "_mareconstruct MaskedArray"),
    _names("numpy.ma", "MaskedArray"),
    _names("numpy.random._pickle", "__bit_generator_ctor __generator_ctor __randomstate_ctor"),
    _names("numpy.random._mt19937", "MT19937"),
    _names("numpy.random._pcg64", "PCG64 PCG64DXSM"),
    _names("numpy.random._philox", "Philox"),
    _names("numpy.random._sfc64", "SFC64"),
    _names("numpy.random.bit_generator", "SeedSequence __pyx_unpickle_SeedSequence"),
    _names("scipy.sparse._csr", "csr_array csr_matrix"),
    _names("scipy.sparse._csc", "csc_array csc_matrix"),
    _names("scipy.sparse._coo", "coo_array coo_matrix"),
    _names("scipy.sparse._dia", "dia_array dia_matrix"),
    _names("scipy.interpolate._bsplines", "BSpline"),
    _names(
        "pandas",
        "Categorical CategoricalDtype CategoricalIndex DataFrame DatetimeIndex Index"
        " IntervalIndex MultiIndex RangeIndex Series StringDtype TimedeltaIndex",
    ),
    _names("pandas.arrays", "DatetimeArray StringArray TimedeltaArray"),
    _names("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked"),
    _names("pandas._libs.internals", "_unpickle_block"),
    _names("pandas.core.arrays.categorical", "Categorical"),
    _names("pandas.core.arrays.datetimes", "DatetimeArray"),
    _names("pandas.core.arrays.string_", "StringArray StringDtype"),
    _names("pandas.core.dtypes.dtypes", "CategoricalDtype"),
    _names("pandas.core.frame", "DataFrame"),
    _names("pandas.core.indexes.base", "Index _new_Index"),
    _names("pandas.core.indexes.category", "CategoricalIndex"),
    _names("pandas.core.indexes.datetimes", "DatetimeIndex _new_DatetimeIndex"),
    _names("pandas.core.indexes.multi", "MultiIndex"),
    _names("pandas.core.indexes.range", "RangeIndex"),
    _names("pandas.core.internals.managers", "BlockManager SingleBlockManager"),
    _names("pandas.core.series", "Series"),
    _names("sklearn._loss.link", "Interval"),
    _names(
        "sklearn._loss._loss",
        "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss"
        " CyHalfMultinomialLoss CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss"
        " CyHalfTweedieLossIdentity CyHuberLoss CyPinballLoss",
    ),
    _names("sklearn.calibration", "_CalibratedClassifier _SigmoidCalibration"),
    _names("sklearn.cluster._birch", "_CFNode _CFSubcluster"),
    _names("sklearn.cluster._bisect_k_means", "_BisectingTree"),
    _names("sklearn.compose._column_transformer", "_RemainderColsList"),
    _names(
        "sklearn.ensemble._hist_gradient_boosting.predictor",
        "TreePredictor",
    ),
    _names(
        "sklearn.linear_model._sgd_fast",
        "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive"
        " SquaredHinge SquaredLoss",
    ),
    _names("sklearn.metrics._dist_metrics", "newObj"),
    _names("sklearn.neighbors._ball_tree", "BallTree BallTree32 BallTree64 newObj"),
    _names("sklearn.neighbors._kd_tree", "KDTree KDTree32 KDTree64 newObj"),
    _names("sklearn.tree._tree", "Tree"),
    _names("sklearn.utils._bunch", "Bunch"),
    _names("sklearn.utils._metadata_requests", "MetadataRequest MethodMetadataRequest"),
    _names("torch", "Size device"),
    _names("torch._utils", "_rebuild_parameter _rebuild_tensor_v2"),
    _names("torch.storage", "_load_from_bytes"),
    _names("onnx.onnx_ml_pb2", "ModelProto"),
)

VALUES: frozenset[str] = frozenset().union(
    _names("builtins", "bool dict float int list str tuple"),
    _names(
        "numpy",
        "bool bool_ complex128 complex64 datetime64 float16 float32 float64 int16 int32 int64 int8"
        " mean median nanmean nanmedian object_ str_ timedelta64 uint16 uint32 uint64 uint8",
    ),
    _names("scipy._lib.array_api_compat.numpy._aliases", "asarray"),
    _names("scipy._external.array_api_compat.numpy._aliases", "asarray"),
    _names("sklearn.cluster._kmeans", "_kmeans_single_elkan _kmeans_single_lloyd"),
    _names(
        "sklearn.feature_selection._univariate_selection",
        "chi2 f_classif f_oneway f_regression r_regression",
    ),
    _names("sklearn.feature_selection._mutual_info", "mutual_info_classif mutual_info_regression"),
    _names(
        "sklearn.metrics._classification",
        "accuracy_score balanced_accuracy_score brier_score_loss cohen_kappa_score f1_score"
        " fbeta_score jaccard_score log_loss matthews_corrcoef precision_score recall_score",
    ),
    _names(
        "sklearn.metrics._ranking",
        "average_precision_score roc_auc_score top_k_accuracy_score",
    ),
    _names(
        "sklearn.metrics._regression",
        "explained_variance_score max_error mean_absolute_error mean_absolute_percentage_error"
        " mean_squared_error mean_squared_log_error median_absolute_error r2_score"
        " root_mean_squared_error root_mean_squared_log_error",
    ),
    _names(
        "torch",
        "bfloat16 bool float16 float32 float64 int16 int32 int64 int8 strided uint8",
    ),
)

FAMILIES: tuple[Family, ...] = (
    Family(
        package="sklearn",
        modules=_names(
            "sklearn",
            "_loss calibration cluster compose covariance cross_decomposition decomposition"
            " discriminant_analysis dummy ensemble feature_extraction feature_selection frozen"
            " gaussian_process impute isotonic kernel_approximation kernel_ridge linear_model"
            " manifold metrics mixture model_selection multiclass multioutput naive_bayes"
            " neighbors neural_network pipeline preprocessing random_projection semi_supervised"
            " svm tree",
        ),
        roots=(
            "sklearn.base.BaseEstimator",
            "sklearn._loss.link.BaseLink",
            "sklearn._loss.loss.BaseLoss",
            "sklearn.gaussian_process.kernels.Kernel",
            "sklearn.metrics._dist_metrics.DistanceMetric",
            "sklearn.metrics._dist_metrics.DistanceMetric32",
            "sklearn.metrics._dist_metrics.DistanceMetric64",
            "sklearn.metrics._scorer._BaseScorer",
            "sklearn.metrics._scorer._PassthroughScorer",
            "sklearn.model_selection._split._MetadataRequester",
            "sklearn.neural_network._stochastic_optimizers.BaseOptimizer",
        ),
    ),
    Family(
        package="xgboost",
        modules=frozenset({"xgboost.core", "xgboost.sklearn"}),
        roots=("xgboost.core.Booster", "xgboost.sklearn.XGBModel"),
    ),
    Family(
        package="lightgbm",
        modules=frozenset({"lightgbm.basic", "lightgbm.sklearn"}),
        roots=("lightgbm.basic.Booster", "lightgbm.sklearn.LGBMModel"),
    ),
    Family(
        package="torch",
        modules=frozenset({"torch.nn.modules"}),
        roots=("torch.nn.modules.module.Module",),
    ),
)

# Ufuncs are compiled element-wise functions: harmless to mention, wherever they are from here.
UFUNC_MODULES = frozenset({"numpy", "scipy.special", "scipy.special._ufuncs"})

# What protocol 2 and older call the modules of today.
RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}

# One numpy writes what another reads: where the module has moved, its twin is tried.
TWINS = (("numpy.core.", "numpy._core."), ("numpy._core.", "numpy.core."))

# Objects that may take elements: containers made by a call, and nothing of anybody else.
CONTAINERS = frozenset().union(
    _names("collections", "Counter OrderedDict defaultdict deque"),
    _names("builtins", "set bytearray"),
    _names("sklearn.utils._bunch", "Bunch"),
    _names("sklearn.compose._column_transformer", "_RemainderColsList"),
)
